/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/raw/ext4.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "engine/raw/crc32c.h"

#define SUPER_AT 1024
#define SUPER_BYTES 1024
#define MAGIC 0xef53
#define GROUPS_MOST (1u << 24)

#define INCOMPAT_FILETYPE 0x2
#define INCOMPAT_META_BG 0x10
#define INCOMPAT_64BIT 0x80
#define INCOMPAT_CSUM_SEED 0x2000
#define INCOMPAT_LARGEDIR 0x4000
/* with recover, extents, mmp, flex_bg, ea_inode, inline_data, encrypt */
#define INCOMPAT_KNOWN                                                                                                 \
	(INCOMPAT_FILETYPE | 0x4 | INCOMPAT_META_BG | 0x40 | INCOMPAT_64BIT | 0x100 | 0x200 | 0x400 |                  \
	 INCOMPAT_CSUM_SEED | INCOMPAT_LARGEDIR | 0x8000 | 0x10000)
#define RO_SPARSE_SUPER 0x1
#define RO_HUGE_FILE 0x8
#define RO_GDT_CSUM 0x10
#define RO_METADATA_CSUM 0x400
/* with large_file, dir_nlink, extra_isize, quota, bigalloc, project, verity, orphan_present */
#define RO_KNOWN                                                                                                       \
	(RO_SPARSE_SUPER | 0x2 | RO_HUGE_FILE | RO_GDT_CSUM | 0x20 | 0x40 | 0x100 | 0x200 | RO_METADATA_CSUM |         \
	 0x2000 | 0x8000 | 0x10000)
#define COMPAT_SPARSE_SUPER2 0x200
#define GROUP_INODE_UNINIT 0x1

#define INODE_OLD 128          /* bytes of ext2's */
#define FLAG_HUGE_FILE 0x40000 /* its blocks are counted in blocks */
#define FLAG_EA_INODE 0x200000

#define EXTENT_MAGIC 0xf30a
#define EXTENT_DEPTH_MOST 5
#define EXTENT_UNWRITTEN 32768

static uint16_t get16(const void *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return le16toh(value);
}

static uint32_t get32(const void *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return le32toh(value);
}

int ext4_read(const struct ext4 *fs, uint64_t at, void *out, size_t bytes)
{
	if (at > INT64_MAX - bytes)
		return -EUCLEAN;
	for (size_t done = 0; done < bytes;) {
		ssize_t got = pread(fs->fd, (char *)out + done, bytes - done, (off_t)(at + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : -EUCLEAN;
		done += (size_t)got;
	}
	return 0;
}

/* ---- superblock, descriptors ---- */

/* What the descriptors need of it. */
struct ext4_layout {
	uint32_t first_block, blocks_per_group, descriptor_bytes, first_meta_bg, incompat, ro, compat;
	uint32_t backups[2];
};

static bool power_of(uint32_t n, uint32_t base)
{
	while (n > 1 && n % base == 0)
		n /= base;
	return n == 1;
}

/* Has the group a copy of the superblock? */
static bool has_super(const struct ext4_layout *layout, uint32_t group)
{
	if (!group)
		return true;
	if (layout->compat & COMPAT_SPARSE_SUPER2)
		return group == layout->backups[0] || group == layout->backups[1];
	if (group == 1 || !(layout->ro & RO_SPARSE_SUPER))
		return true;
	return group & 1 && (power_of(group, 3) || power_of(group, 5) || power_of(group, 7));
}

/* The n-th block of descriptors. */
static uint64_t descriptors_at(const struct ext4 *fs, const struct ext4_layout *layout, uint32_t n)
{
	uint32_t group = n * (fs->block_bytes / layout->descriptor_bytes);

	if (!(layout->incompat & INCOMPAT_META_BG) || n < layout->first_meta_bg)
		return SUPER_AT / fs->block_bytes + n + (uint64_t)1;
	uint64_t at = (uint64_t)group * layout->blocks_per_group + layout->first_block + has_super(layout, group);

	/* Blocks of 1 KiB in clusters: the first group begins with the boot block. */
	return at + (fs->block_bytes == 1024 && !n && !layout->first_block);
}

static void take_descriptor(struct ext4 *fs, const struct ext4_layout *layout, const unsigned char *raw,
                            struct ext4_group *out)
{
	bool wide = layout->descriptor_bytes >= 64;
	uint32_t unused = get16(raw + 0x1c) | (wide ? (uint32_t)get16(raw + 0x32) << 16 : 0);
	uint32_t free_inodes = get16(raw + 0x0e) | (wide ? (uint32_t)get16(raw + 0x2e) << 16 : 0);

	out->table = get32(raw + 0x8) | (wide ? (uint64_t)get32(raw + 0x28) << 32 : 0);
	out->used = fs->inodes_per_group;
	if (!(layout->ro & (RO_GDT_CSUM | RO_METADATA_CSUM)))
		return; /* the rest is not kept there */
	if (get16(raw + 0x12) & GROUP_INODE_UNINIT || free_inodes >= fs->inodes_per_group)
		out->used = 0;
	else if (unused <= fs->inodes_per_group)
		out->used = fs->inodes_per_group - unused;
}

static int read_descriptors(struct ext4 *fs, const struct ext4_layout *layout)
{
	uint32_t each = fs->block_bytes / layout->descriptor_bytes;
	unsigned char *block = alloc_array(1, fs->block_bytes);
	int rc = block ? 0 : -ENOMEM;

	for (uint32_t g = 0; !rc && g < fs->groups; g++) {
		if (g % each == 0)
			rc = ext4_read(fs, descriptors_at(fs, layout, g / each) << fs->block_bits, block,
			               fs->block_bytes);
		if (rc)
			break;
		take_descriptor(fs, layout, block + (size_t)(g % each) * layout->descriptor_bytes, &fs->group[g]);
		if (fs->group[g].table >= fs->blocks)
			rc = -EUCLEAN;
	}
	free(block);
	return rc;
}

static int take_super(struct ext4 *fs, struct ext4_layout *layout, const unsigned char *super)
{
	uint32_t log_block = get32(super + 0x18);
	bool wide;

	if (get16(super + 0x38) != MAGIC || log_block > 6)
		return -EUCLEAN;
	layout->compat = get32(super + 0x5c);
	layout->incompat = get32(super + 0x60);
	layout->ro = get32(super + 0x64);
	if (!get32(super + 0x4c)) /* the first revision: no features, and whatever lies there */
		layout->compat = layout->incompat = layout->ro = 0;
	if (layout->incompat & ~INCOMPAT_KNOWN || layout->ro & ~RO_KNOWN || get32(super + 0x48))
		return -EOPNOTSUPP;
	wide = layout->incompat & INCOMPAT_64BIT;
	fs->block_bits = 10 + log_block;
	fs->block_bytes = 1u << fs->block_bits;
	fs->blocks = get32(super + 0x4) | (wide ? (uint64_t)get32(super + 0x150) << 32 : 0);
	fs->inodes = get32(super);
	fs->inodes_per_group = get32(super + 0x28);
	fs->inode_bytes = get32(super + 0x4c) ? get16(super + 0x58) : INODE_OLD;
	fs->types = layout->incompat & INCOMPAT_FILETYPE;
	fs->large_dir = layout->incompat & INCOMPAT_LARGEDIR;
	fs->huge_file = layout->ro & RO_HUGE_FILE;
	fs->checksums = layout->ro & RO_METADATA_CSUM;
	fs->seed = layout->incompat & INCOMPAT_CSUM_SEED ? get32(super + 0x270) : crc32c(~0u, super + 0x68, 16);
	layout->first_block = get32(super + 0x14);
	layout->blocks_per_group = get32(super + 0x20);
	layout->descriptor_bytes = wide ? get16(super + 0xfe) : 32;
	layout->first_meta_bg = get32(super + 0x104);
	layout->backups[0] = get32(super + 0x24c);
	layout->backups[1] = get32(super + 0x250);
	if (fs->inode_bytes < INODE_OLD || fs->inode_bytes > EXT4_INODE_ROOM ||
	    fs->inode_bytes & (fs->inode_bytes - 1) || fs->inode_bytes > fs->block_bytes ||
	    layout->descriptor_bytes < 32 || layout->descriptor_bytes > fs->block_bytes ||
	    layout->descriptor_bytes & (layout->descriptor_bytes - 1) || !layout->blocks_per_group ||
	    !fs->inodes_per_group || fs->inodes_per_group > 8 * fs->block_bytes || fs->blocks <= layout->first_block ||
	    fs->blocks > (uint64_t)INT64_MAX >> fs->block_bits)
		return -EUCLEAN;
	uint64_t groups = (fs->blocks - layout->first_block - 1) / layout->blocks_per_group + 1;

	if (groups > GROUPS_MOST || groups * fs->inodes_per_group != fs->inodes)
		return -EUCLEAN;
	fs->groups = (uint32_t)groups;
	return 0;
}

int ext4_open(struct ext4 *fs, int fd)
{
	unsigned char super[SUPER_BYTES];
	struct ext4_layout layout;

	*fs = (struct ext4){.fd = fd};
	int rc = ext4_read(fs, SUPER_AT, super, sizeof(super));

	if (!rc)
		rc = take_super(fs, &layout, super);
	if (rc)
		return rc;
	fs->group = alloc_array(fs->groups, sizeof(*fs->group));
	rc = fs->group ? read_descriptors(fs, &layout) : -ENOMEM;
	if (rc)
		ext4_close(fs);
	return rc;
}

void ext4_close(struct ext4 *fs)
{
	free(fs->group);
	fs->group = NULL;
}

/* ---- inodes ---- */

uint64_t ext4_inode_at(const struct ext4 *fs, uint32_t ino)
{
	if (!ino || ino > fs->inodes)
		return 0;
	return (fs->group[(ino - 1) / fs->inodes_per_group].table << fs->block_bits) +
	       (uint64_t)((ino - 1) % fs->inodes_per_group) * fs->inode_bytes;
}

/* Bytes that it has behind the first 128. */
static uint32_t extra_bytes(const struct ext4 *fs, const unsigned char *raw)
{
	uint32_t extra = fs->inode_bytes > INODE_OLD ? get16(raw + INODE_OLD) : 0;

	return extra <= fs->inode_bytes - INODE_OLD ? extra : 0;
}

bool ext4_inode_whole(const struct ext4 *fs, uint32_t ino, const void *of)
{
	static const unsigned char none[2];
	const unsigned char *raw = of;

	if (!fs->checksums)
		return true;
	uint32_t number = htole32(ino), rest = INODE_OLD, told = get16(raw + 0x7c);
	uint32_t crc = crc32c(fs->seed, &number, sizeof(number));

	crc = crc32c(crc, raw + 0x64, 4); /* its generation */
	crc = crc32c(crc, raw, 0x7c);
	crc = crc32c(crc, none, 2);
	crc = crc32c(crc, raw + 0x7e, INODE_OLD - 0x7e);
	bool high = extra_bytes(fs, raw) >= 4;

	if (high) {
		crc = crc32c(crc, raw + rest, 0x82 - rest);
		crc = crc32c(crc, none, 2);
		told |= (uint32_t)get16(raw + 0x82) << 16;
		rest = 0x84;
	}
	crc = crc32c(crc, raw + rest, fs->inode_bytes - rest);
	return told == (high ? crc : crc & 0xffff);
}

/* Seconds since 1970 by the low word and the two bits that continue it. */
static int64_t take_time(const unsigned char *raw, uint32_t low, uint32_t extra, bool has_extra, uint32_t *ns)
{
	int64_t seconds = (int32_t)get32(raw + low);
	uint32_t more = has_extra ? get32(raw + extra) : 0;

	*ns = more >> 2;
	return seconds + ((int64_t)(more & 3) << 32);
}

bool ext4_inode_decode(const struct ext4 *fs, uint32_t ino, const void *of, struct ext4_inode *out)
{
	const unsigned char *raw = of;
	uint32_t extra = extra_bytes(fs, raw);

	out->ino = ino;
	out->mode = get16(raw);
	out->nlink = get16(raw + 0x1a);
	out->flags = get32(raw + 0x20);
	if (!out->mode || !out->nlink || out->flags & FLAG_EA_INODE)
		return false;
	bool regular = (out->mode & 0xf000) == 0x8000, dir = (out->mode & 0xf000) == 0x4000;

	out->uid = get16(raw + 0x2) | (uint32_t)get16(raw + 0x78) << 16;
	out->gid = get16(raw + 0x18) | (uint32_t)get16(raw + 0x7a) << 16;
	out->generation = get32(raw + 0x64);
	out->bytes = get32(raw + 0x4);
	if (regular || (dir && fs->large_dir))
		out->bytes |= (uint64_t)get32(raw + 0x6c) << 32;
	out->sectors = get32(raw + 0x1c);
	if (fs->huge_file) {
		out->sectors |= (uint64_t)get16(raw + 0x74) << 32;
		if (out->flags & FLAG_HUGE_FILE)
			out->sectors <<= fs->block_bits - 9;
	}
	/* What lies in the inode itself counts all the same: ext4_file_getattr(). */
	if (regular && out->flags & EXT4_INLINE)
		out->sectors += (out->bytes + 511) / 512;
	out->ctime_s = take_time(raw, 0xc, 0x84, extra >= 8, &out->ctime_ns);
	out->mtime_s = take_time(raw, 0x10, 0x88, extra >= 12, &out->mtime_ns);
	out->has_btime = extra >= 20;
	out->btime_s = 0;
	out->btime_ns = 0;
	if (out->has_btime)
		out->btime_s = take_time(raw, 0x90, 0x94, extra >= 24, &out->btime_ns);
	memcpy(out->map, raw + 0x28, sizeof(out->map));
	return true;
}

/* ---- where a directory lies ---- */

struct run_walk {
	const struct ext4 *fs;
	int (*take)(void *context, const struct ext4_run *run);
	void *context;
	uint64_t next, end; /* blocks of the file: told so far, and how many it has */
	uint64_t reads;     /* left: each block that is read on the way leads to one of the file */
};

static int read_below(struct run_walk *walk, uint64_t block, unsigned char *out)
{
	if (!block || block >= walk->fs->blocks || !walk->reads)
		return -EUCLEAN;
	walk->reads--;
	return ext4_read(walk->fs, block << walk->fs->block_bits, out, walk->fs->block_bytes);
}

static int tell_run(struct run_walk *walk, uint64_t logical, uint64_t physical, uint64_t blocks)
{
	if (logical >= walk->end)
		return 0; /* room for more that was set aside */
	if (logical != walk->next || !physical || physical >= walk->fs->blocks || blocks > walk->fs->blocks - physical)
		return -EUCLEAN;
	if (blocks > walk->end - logical)
		blocks = walk->end - logical;
	walk->next += blocks;
	return walk->take(
		walk->context,
		&(struct ext4_run){.physical = physical, .logical = (uint32_t)logical, .blocks = (uint32_t)blocks});
}

/* A node of the tree of extents, in `bytes` bytes. */
static int walk_extents(struct run_walk *walk, const unsigned char *node, size_t bytes, int depth)
{
	const struct ext4 *fs = walk->fs;
	uint32_t entries = get16(node + 2);
	unsigned char *below = NULL;
	int rc = 0;

	if (get16(node) != EXTENT_MAGIC || get16(node + 6) > EXTENT_DEPTH_MOST || entries > (bytes - 12) / 12 ||
	    (depth >= 0 && get16(node + 6) != depth))
		return -EUCLEAN;
	depth = get16(node + 6);
	if (depth && !(below = alloc_array(1, fs->block_bytes)))
		return -ENOMEM;
	for (uint32_t i = 0; !rc && i < entries && walk->next < walk->end; i++) {
		const unsigned char *at = node + 12 + (size_t)i * 12;

		if (!depth) {
			uint32_t blocks = get16(at + 4);

			rc = !blocks || blocks > EXTENT_UNWRITTEN
			           ? -EUCLEAN
			           : tell_run(walk, get32(at), get32(at + 8) | (uint64_t)get16(at + 6) << 32, blocks);
			continue;
		}
		rc = read_below(walk, get32(at + 4) | (uint64_t)get16(at + 8) << 32, below);
		if (!rc)
			rc = walk_extents(walk, below, fs->block_bytes, depth - 1);
	}
	free(below);
	return rc;
}

/* Blocks by ext2's map: `count` numbers, each of a block or, with depth, of a block of numbers. */
static int walk_numbers(struct run_walk *walk, const unsigned char *numbers, uint32_t count, int depth)
{
	const struct ext4 *fs = walk->fs;
	unsigned char *below = depth ? alloc_array(1, fs->block_bytes) : NULL;
	int rc = depth && !below ? -ENOMEM : 0;

	for (uint32_t i = 0; !rc && i < count && walk->next < walk->end; i++) {
		uint32_t number = get32(numbers + (size_t)i * 4);

		if (depth) {
			rc = read_below(walk, number, below);
			if (!rc)
				rc = walk_numbers(walk, below, fs->block_bytes / 4, depth - 1);
			continue;
		}
		uint32_t run = 1;

		while (i + run < count && get32(numbers + (size_t)(i + run) * 4) == number + run)
			run++;
		rc = tell_run(walk, walk->next, number, run);
		i += run - 1;
	}
	free(below);
	return rc;
}

int ext4_runs(const struct ext4 *fs, const struct ext4_inode *inode,
              int (*take)(void *context, const struct ext4_run *run), void *context)
{
	struct run_walk walk = {.fs = fs, .take = take, .context = context};
	int rc = 0;

	walk.end = (inode->bytes + fs->block_bytes - 1) >> fs->block_bits;
	if (walk.end > fs->blocks || walk.end > UINT32_MAX)
		return -EUCLEAN;
	walk.reads = (walk.end + 2) * EXTENT_DEPTH_MOST;
	if (inode->flags & EXT4_EXTENTS) {
		rc = walk_extents(&walk, inode->map, sizeof(inode->map), -1);
	} else {
		rc = walk_numbers(&walk, inode->map, 12, 0);
		for (int depth = 1; !rc && depth <= 3 && walk.next < walk.end; depth++)
			rc = walk_numbers(&walk, inode->map + 44 + (size_t)depth * 4, 1, depth);
	}
	return rc || walk.next == walk.end ? rc : -EUCLEAN;
}
