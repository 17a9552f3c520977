/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/raw/raw.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/i18n.h"
#include "base/kernel.h"
#include "engine/raw/crc32c.h"
#include "engine/raw/device.h"
#include "engine/raw/ext4.h"

#define MARGIN_S 10               /* a write stamps its file when it begins, and may go on */
#define PIECE_BYTES 16384         /* of the tables, read at once */
#define DIRECTORY_MOST (4u << 20) /* bytes; larger ones are the kernel's to list */
#define ROOM_KEPT (256u << 10)    /* of a thread's room, from one directory to the next */
#define TRIES 5                   /* of a directory that changes under the hand */
#define TAIL_TYPE 0xde
#define TAIL_BYTES 12

/* Of directories: flags that change nothing of how it is read. */
#define DIR_FLAGS                                                                                                      \
	(EXT4_INDEXED | EXT4_EXTENTS | 0x8 | 0x10 | 0x20 | 0x40 | 0x80 | 0x4000 | 0x8000 | 0x10000 | 0x20000 |         \
	 0x20000000)

/* What is kept of an inode.  All 0: ask the kernel. */
struct raw_slot {
	uint64_t figures; /* bytes | sectors << BYTES_BITS */
	uint32_t mtime;   /* seconds since 1970 */
	uint16_t nlink;
	uint8_t type; /* of its mode, shifted */
	uint8_t how;
};

#define BYTES_BITS 36
enum { SLOT_ASK, SLOT_HERE, SLOT_READ }; /* READ: it does not fit, or is a directory: to be read whenever asked for */

/* Of a group, allocated when the first of its inodes is asked for: one state a piece, behind the slots. */
enum { PIECE_UNREAD, PIECE_READING, PIECE_READ };

struct raw {
	struct ext4 fs;
	dev_t dev;
	int64_t young_s;
	uint32_t piece_inodes;
	_Atomic(struct raw_slot *) *groups;
};

static bool is_type(unsigned mode, unsigned type)
{
	return (mode & S_IFMT) == type;
}

/* ---- inodes ---- */

/* An inode as it is now.  0, RAW_ASK: unreadable, torn, not in use. */
static int read_inode(const struct raw *raw, uint32_t ino, unsigned char *bytes, struct ext4_inode *out)
{
	uint64_t at = ext4_inode_at(&raw->fs, ino);

	for (int i = 0; at && i < TRIES; i++) {
		if (ext4_read(&raw->fs, at, bytes, raw->fs.inode_bytes))
			return RAW_ASK;
		if (ext4_inode_whole(&raw->fs, ino, bytes))
			return ext4_inode_decode(&raw->fs, ino, bytes, out) ? 0 : RAW_ASK;
	}
	return RAW_ASK;
}

/* Can its figures be other ones than those that the kernel would tell? */
static bool unsure(const struct raw *raw, const struct ext4_inode *inode)
{
	/* A directory's are in its table at once, those of a file when they are written out. */
	if (!is_type(inode->mode, S_IFDIR) && inode->ctime_s >= raw->young_s)
		return true;
	return is_type(inode->mode, S_IFLNK) && inode->flags & EXT4_ENCRYPTED;
}

static struct raw_slot slot_of(const struct raw *raw, const struct ext4_inode *inode)
{
	struct raw_slot slot = {.type = (uint8_t)(inode->mode >> 12), .nlink = (uint16_t)inode->nlink};

	if (unsure(raw, inode))
		return (struct raw_slot){0};
	if (is_type(inode->mode, S_IFDIR) || inode->bytes >> BYTES_BITS || inode->sectors >> (64 - BYTES_BITS) ||
	    inode->mtime_s < 0 || inode->mtime_s > UINT32_MAX) {
		slot.how = SLOT_READ;
		return slot;
	}
	slot.how = SLOT_HERE;
	slot.figures = inode->bytes | inode->sectors << BYTES_BITS;
	slot.mtime = (uint32_t)inode->mtime_s;
	return slot;
}

static struct raw_slot *group_slots(struct raw *raw, uint32_t group)
{
	_Atomic(struct raw_slot *) *at = &raw->groups[group];
	struct raw_slot *slots = atomic_load_explicit(at, memory_order_acquire), *other = NULL;
	uint32_t inodes = raw->fs.inodes_per_group;

	if (slots)
		return slots;
	slots = alloc_array(1, inodes * sizeof(*slots) + inodes / raw->piece_inodes + 1);
	if (!slots ||
	    atomic_compare_exchange_strong_explicit(at, &other, slots, memory_order_acq_rel, memory_order_acquire))
		return slots;
	free(slots);
	return other;
}

/* Read the piece of its group's table that an inode is in. */
static bool read_slots(const struct raw *raw, struct raw_slot *slots, uint32_t first, uint32_t group)
{
	unsigned char bytes[PIECE_BYTES];
	const struct ext4 *fs = &raw->fs;
	uint32_t n = raw->piece_inodes < fs->inodes_per_group - first ? raw->piece_inodes
	                                                              : fs->inodes_per_group - first;
	uint32_t ino = group * fs->inodes_per_group + first + 1;
	struct ext4_inode inode;

	if (ext4_read(fs, ext4_inode_at(fs, ino), bytes, (size_t)n * fs->inode_bytes))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		const unsigned char *at = bytes + (size_t)i * fs->inode_bytes;

		if (ext4_inode_decode(fs, ino + i, at, &inode) && ext4_inode_whole(fs, ino + i, at))
			slots[first + i] = slot_of(raw, &inode);
	}
	return true;
}

/* What the tables have of an inode; of type 0: ask the kernel. */
static struct raw_slot look(struct raw *raw, uint32_t ino)
{
	struct raw_slot none = {0};
	unsigned char bytes[EXT4_INODE_ROOM];
	struct ext4_inode inode;

	if (!ino || ino > raw->fs.inodes)
		return none;
	uint32_t group = (ino - 1) / raw->fs.inodes_per_group, index = (ino - 1) % raw->fs.inodes_per_group;
	struct raw_slot *slots = group_slots(raw, group);

	if (!slots)
		return none;
	_Atomic uint8_t *state = (_Atomic uint8_t *)(slots + raw->fs.inodes_per_group) + index / raw->piece_inodes;
	uint8_t is = atomic_load_explicit(state, memory_order_acquire);

	if (is == PIECE_UNREAD && atomic_compare_exchange_strong_explicit(state, &is, PIECE_READING,
	                                                                  memory_order_acquire, memory_order_acquire)) {
		bool read = read_slots(raw, slots, index - index % raw->piece_inodes, group);

		is = read ? PIECE_READ : PIECE_UNREAD;
		atomic_store_explicit(state, is, memory_order_release);
	}
	if (is == PIECE_READ)
		return slots[index];
	return read_inode(raw, ino, bytes, &inode) ? none : slot_of(raw, &inode);
}

static void tell_time(struct statx_timestamp *out, int64_t s, uint32_t ns)
{
	out->tv_sec = s;
	out->tv_nsec = ns;
}

static void tell_inode(const struct ext4_inode *inode, struct statx *out)
{
	out->stx_mask = STATX_BASIC_STATS | (inode->has_btime ? STATX_BTIME : 0);
	out->stx_mode = inode->mode;
	out->stx_nlink = inode->nlink;
	out->stx_uid = inode->uid;
	out->stx_gid = inode->gid;
	out->stx_size = inode->bytes;
	out->stx_blocks = inode->sectors;
	tell_time(&out->stx_mtime, inode->mtime_s, inode->mtime_ns);
	tell_time(&out->stx_ctime, inode->ctime_s, inode->ctime_ns);
	tell_time(&out->stx_btime, inode->btime_s, inode->btime_ns);
}

int raw_stat(struct raw *raw, uint64_t number, bool all, struct statx *out)
{
	uint32_t ino = number > UINT32_MAX ? 0 : (uint32_t)number;
	unsigned char bytes[EXT4_INODE_ROOM];
	struct raw_slot slot = look(raw, ino);
	struct ext4_inode inode;

	*out = (struct statx){
		.stx_ino = ino,
		.stx_dev_major = major(raw->dev),
		.stx_dev_minor = minor(raw->dev),
		.stx_mask = STATX_BASIC_STATS & ~(STATX_CTIME | STATX_UID | STATX_GID),
		.stx_mode = (uint16_t)(slot.type << 12),
		.stx_nlink = slot.nlink,
		.stx_size = slot.figures & (((uint64_t)1 << BYTES_BITS) - 1),
		.stx_blocks = slot.figures >> BYTES_BITS,
		.stx_mtime.tv_sec = slot.mtime,
	};
	if (slot.how == SLOT_ASK)
		return RAW_ASK;
	if (slot.how == SLOT_HERE && !all)
		return 0;
	if (read_inode(raw, ino, bytes, &inode) || unsure(raw, &inode) || inode.mode >> 12 != slot.type)
		return RAW_ASK;
	tell_inode(&inode, out);
	return 0;
}

/* ---- directories ---- */

struct raw_gathering {
	const struct raw *raw;
	struct raw_room *room;
};

static int gather(void *context, const struct ext4_run *run)
{
	const struct raw_gathering *gathering = context;
	const struct ext4 *fs = &gathering->raw->fs;

	return ext4_read(fs, run->physical << fs->block_bits,
	                 gathering->room->blocks + ((size_t)run->logical << fs->block_bits),
	                 (size_t)run->blocks << fs->block_bits);
}

static uint32_t record_bytes(const struct ext4 *fs, const unsigned char *at)
{
	uint32_t bytes = at[4] | (uint32_t)at[5] << 8;

	if (fs->block_bytes < EXT4_BLOCK_MOST)
		return bytes;
	return bytes == 65535 || !bytes ? fs->block_bytes : (bytes & 65532) | (bytes & 3) << 16;
}

static uint32_t word_at(const unsigned char *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return le32toh(word);
}

/* Is a block of a directory what its checksum says?  Blocks of the index have another, and no entries. */
static bool block_whole(const struct ext4 *fs, const struct ext4_inode *inode, const unsigned char *block, bool first)
{
	const unsigned char *tail = block + fs->block_bytes - TAIL_BYTES;

	if (!fs->checksums || (first && inode->flags & EXT4_INDEXED) ||
	    (!word_at(block) && record_bytes(fs, block) == fs->block_bytes))
		return true;
	uint32_t parts[2] = {htole32(inode->ino), htole32(inode->generation)};
	uint32_t crc = crc32c(crc32c(fs->seed, parts, sizeof(parts)), block, fs->block_bytes - TAIL_BYTES);

	return !word_at(tail) && tail[4] == TAIL_BYTES && !tail[5] && !tail[6] && tail[7] == TAIL_TYPE &&
	       word_at(tail + 8) == crc;
}

static bool is_dots(const char *name, size_t length)
{
	return name[0] == '.' && (length == 1 || (length == 2 && name[1] == '.'));
}

static unsigned char type_told(unsigned char type)
{
	static const unsigned char types[] = {DT_UNKNOWN, DT_REG, DT_DIR, DT_CHR, DT_BLK, DT_FIFO, DT_SOCK, DT_LNK};

	return type < sizeof(types) ? types[type] : DT_UNKNOWN;
}

/* Can the record be believed, and what it is of be told? */
static bool record_good(struct raw *raw, const unsigned char *at, uint32_t bytes)
{
	const char *name = (const char *)at + 8;
	size_t length = at[6];
	struct raw_slot slot;

	if (!length || 8 + length > bytes || memchr(name, '/', length) || memchr(name, '\0', length))
		return false;
	if (is_dots(name, length))
		return true;
	slot = look(raw, word_at(at));
	return slot.how != SLOT_ASK && (!raw->fs.types || type_told(at[7]) == slot.type);
}

/* Walk a block's records.  With `take`: hand them on; without: are they all good?  0, RAW_ASK, or what `take` said. */
static int walk_block(struct raw *raw, const unsigned char *block,
                      int (*take)(void *context, uint64_t ino, unsigned char type, const char *name, size_t length),
                      void *context)
{
	const struct ext4 *fs = &raw->fs;
	int rc = 0;

	for (uint32_t at = 0, bytes; !rc && at < fs->block_bytes; at += bytes) {
		const unsigned char *record = block + at;

		bytes = fs->block_bytes - at >= 8 ? record_bytes(fs, record) : 0;
		if (bytes < 8 || bytes % 4 || bytes > fs->block_bytes - at)
			return RAW_ASK;
		if (!word_at(record))
			continue;
		if (!take)
			rc = record_good(raw, record, bytes) ? 0 : RAW_ASK;
		else if (!is_dots((const char *)record + 8, record[6]))
			rc = take(context, word_at(record), fs->types ? type_told(record[7]) : DT_UNKNOWN,
			          (const char *)record + 8, record[6]);
	}
	return rc;
}

/* All its blocks in the room, as they are now, all good, and its inode.  0, RAW_ASK; -EAGAIN: it has changed. */
static int read_blocks(struct raw *raw, struct raw_room *room, uint32_t ino, struct ext4_inode *inode)
{
	const struct ext4 *fs = &raw->fs;
	unsigned char before[EXT4_INODE_ROOM], behind[EXT4_INODE_ROOM];
	struct raw_gathering gathering = {.raw = raw, .room = room};
	int rc = read_inode(raw, ino, before, inode);

	if (rc || !is_type(inode->mode, S_IFDIR) || inode->flags & ~(uint32_t)DIR_FLAGS ||
	    inode->ctime_s >= raw->young_s || !inode->bytes || inode->bytes > DIRECTORY_MOST ||
	    inode->bytes & (fs->block_bytes - 1))
		return RAW_ASK;
	if (room->capacity < inode->bytes) {
		unsigned char *grown = alloc_resize(room->blocks, inode->bytes, 1);

		if (!grown)
			return RAW_ASK;
		room->blocks = grown;
		room->capacity = inode->bytes;
	}
	rc = ext4_runs(fs, inode, gather, &gathering) ? RAW_ASK : 0;
	for (size_t at = 0; !rc && at < inode->bytes; at += fs->block_bytes)
		rc = block_whole(fs, inode, room->blocks + at, !at) ? walk_block(raw, room->blocks + at, NULL, NULL)
		                                                    : RAW_ASK;
	/* Whatever happens to a directory changes its inode: i_version, if not its times. */
	if (ext4_read(fs, ext4_inode_at(fs, ino), behind, fs->inode_bytes))
		return RAW_ASK;
	return memcmp(before, behind, fs->inode_bytes) ? -EAGAIN : rc;
}

int raw_list(struct raw *raw, struct raw_room *room, uint64_t ino,
             int (*take)(void *context, uint64_t ino, unsigned char type, const char *name, size_t length),
             void *context)
{
	struct ext4_inode inode;
	int rc = ino && ino <= raw->fs.inodes ? -EAGAIN : RAW_ASK;

	for (int i = 0; rc == -EAGAIN && i < TRIES; i++)
		rc = read_blocks(raw, room, (uint32_t)ino, &inode);
	if (rc)
		return RAW_ASK;
	for (size_t at = 0; !rc && at < inode.bytes; at += raw->fs.block_bytes)
		rc = walk_block(raw, room->blocks + at, take, context);
	if (room->capacity > ROOM_KEPT)
		raw_room_free(room);
	return rc;
}

void raw_room_free(struct raw_room *room)
{
	free(room->blocks);
	*room = (struct raw_room){0};
}

/* ---- life ---- */

struct raw *raw_open_image(int image, dev_t dev, int64_t young_s)
{
	struct raw *raw = alloc_zero(struct raw);
	int rc = raw ? ext4_open(&raw->fs, image) : -ENOMEM;

	if (!rc) {
		raw->dev = dev;
		raw->young_s = young_s;
		raw->piece_inodes = PIECE_BYTES / raw->fs.inode_bytes;
		raw->groups = alloc_array(raw->fs.groups, sizeof(*raw->groups));
		if (raw->groups)
			return raw;
		ext4_close(&raw->fs);
		rc = -ENOMEM;
	}
	free(raw);
	errno = -rc;
	return NULL;
}

/* Does the table have of the open directory what the kernel says of it? */
static bool same_directory(struct raw *raw, int fd)
{
	unsigned char bytes[EXT4_INODE_ROOM];
	struct ext4_inode inode;
	struct statx st;
	int generation = 0;

	/* It may change between the two. */
	for (int i = 0; i < TRIES; i++)
		if (!statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) && st.stx_ino <= UINT32_MAX &&
		    !read_inode(raw, (uint32_t)st.stx_ino, bytes, &inode) && inode.mode == st.stx_mode &&
		    inode.uid == st.stx_uid && inode.gid == st.stx_gid && inode.bytes == st.stx_size &&
		    inode.sectors == st.stx_blocks && inode.mtime_s == st.stx_mtime.tv_sec &&
		    inode.mtime_ns == st.stx_mtime.tv_nsec && inode.ctime_s == st.stx_ctime.tv_sec &&
		    inode.ctime_ns == st.stx_ctime.tv_nsec &&
		    (ioctl(fd, FS_IOC_GETVERSION, &generation) || (uint32_t)generation == inode.generation))
			return true;
	return false;
}

struct raw *raw_open(int fd, dev_t dev, struct err *why)
{
	struct timespec now;
	struct raw *raw;

	*why = (struct err){{0}};
	if (!device_is_ext(fd)) {
		err_set(why, -EOPNOTSUPP, "%s", _("it is not on ext2, ext3 or ext4"));
		return NULL;
	}
	/* Before anything is written out: what changes from now on is asked of the kernel. */
	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	int device = device_open(dev);

	if (device < 0) {
		err_set(why, device, _("its device cannot be opened (%s)"), strerror(-device));
		return NULL;
	}
	if (syncfs(fd)) {
		err_set(why, -errno, _("it cannot be written out (%s)"), strerror(errno));
		close(device);
		return NULL;
	}
	raw = raw_open_image(device, dev, now.tv_sec - MARGIN_S);
	if (raw && same_directory(raw, fd))
		return raw;
	if (raw)
		err_set(why, -EUCLEAN, "%s", _("the device does not hold what is mounted"));
	else
		err_set(why, -errno, "%s",
		        errno == ENOMEM       ? _("out of memory")
		        : errno == EOPNOTSUPP ? _("it has features that are not known")
		                              : _("its device cannot be read"));
	if (raw)
		raw_close(raw);
	else
		close(device);
	return NULL;
}

void raw_close(struct raw *raw)
{
	if (!raw)
		return;
	for (uint32_t g = 0; g < raw->fs.groups; g++)
		free(atomic_load_explicit(&raw->groups[g], memory_order_relaxed));
	free(raw->groups);
	close(raw->fs.fd);
	ext4_close(&raw->fs);
	free(raw);
}
