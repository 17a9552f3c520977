/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ENGINE_RAW_EXT4_H
#define ENGINE_RAW_EXT4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * ext2, ext3 and ext4 as they lie on a device: what Documentation/filesystems/ext4 of the kernel says of superblock,
 * group descriptors, inodes, extents and directory blocks.  Only reads.  Whatever the bytes say, nothing leads outside:
 * depth, counts, lengths and block numbers are bounded, and what cannot be is -EUCLEAN.  Any number of threads may read
 * at once.
 */

#define EXT4_ROOT 2           /* the inode of its root */
#define EXT4_INODE_ROOM 1024  /* bytes of the largest inode that is read */
#define EXT4_BLOCK_MOST 65536 /* bytes */

struct ext4_group {
	uint64_t table; /* block of its first inode */
	uint32_t used;  /* inodes of its table that may be in use: the first ones */
};

struct ext4 {
	int fd; /* borrowed */
	uint64_t blocks;
	uint32_t inodes, inodes_per_group, groups;
	uint32_t block_bytes, inode_bytes;
	unsigned block_bits;
	bool checksums; /* of inodes and directory blocks */
	bool types;     /* directory entries have them */
	bool huge_file, large_dir;
	uint32_t seed; /* of all checksums */
	struct ext4_group *group;
};

/** An inode, decoded; bytes that it does not have are 0. */
struct ext4_inode {
	uint32_t ino, flags, generation, nlink, uid, gid;
	uint16_t mode;
	uint64_t bytes, sectors; /* size; allocated, of 512 bytes */
	int64_t mtime_s, ctime_s, btime_s;
	uint32_t mtime_ns, ctime_ns, btime_ns;
	bool has_btime;
	unsigned char map[60]; /* i_block */
};

#define EXT4_ENCRYPTED 0x800
#define EXT4_INDEXED 0x1000
#define EXT4_EXTENTS 0x80000
#define EXT4_INLINE 0x10000000
#define EXT4_CASEFOLDED 0x40000000

/** A piece of a file that lies in one. */
struct ext4_run {
	uint64_t physical; /* block */
	uint32_t logical;  /* block of the file */
	uint32_t blocks;
};

/**
 * Read superblock and descriptors of what is open as `fd`, which is borrowed while this lives.  0; -EOPNOTSUPP: it has
 * features that this does not know; -EUCLEAN: it is damaged, or no such file system; -ENOMEM, -errno of a read.
 */
int ext4_open(struct ext4 *fs, int fd);
void ext4_close(struct ext4 *fs);

/** Bytes from a byte of the device on, all of them.  0, -EUCLEAN beyond its end, or -errno. */
int ext4_read(const struct ext4 *fs, uint64_t at, void *out, size_t bytes);

/** Where an inode lies, a byte of the device; 0 = there is no such inode. */
uint64_t ext4_inode_at(const struct ext4 *fs, uint32_t ino);

/** Is a raw inode of `fs->inode_bytes` bytes what its checksum says?  True without checksums. */
bool ext4_inode_whole(const struct ext4 *fs, uint32_t ino, const void *raw);

/** Decode it; false: it is not in use. */
bool ext4_inode_decode(const struct ext4 *fs, uint32_t ino, const void *raw, struct ext4_inode *out);

/**
 * The runs of a directory in the order of its blocks, those behind its size left out.  Stops when `take` does not
 * return 0, and returns that.  0, -EUCLEAN: holes, unwritten blocks, or nonsense; or -errno.
 */
int ext4_runs(const struct ext4 *fs, const struct ext4_inode *inode,
              int (*take)(void *context, const struct ext4_run *run), void *context);

#endif
