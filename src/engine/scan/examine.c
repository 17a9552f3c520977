/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/kernel.h"
#include "engine/scan/scan_state.h"

/* What lies under a name, by the rules of the scan: excluded, a mount, a cache, or what statx(2) says of it. */

#define STAT_MASK                                                                                                      \
	(STATX_TYPE | STATX_MODE | STATX_NLINK | STATX_INO | STATX_SIZE | STATX_BLOCKS | STATX_MTIME | STATX_CTIME |   \
	 STATX_BTIME)
#define STAT_FLAGS (AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)
#define DESCRIPTOR_PATIENCE_NS 2000000000

/* The applier is not stopped half-way through an entry. */
static bool stopped(const struct reading *reading)
{
	return reading->scan && pool_stopped(reading->scan);
}

static enum node_type type_of_dirent(unsigned char type)
{
	return type == DT_DIR ? NODE_DIR : type == DT_REG ? NODE_REG : type == DT_LNK ? NODE_SYMLINK : NODE_SPECIAL;
}

static enum node_type type_of_mode(unsigned mode)
{
	return S_ISDIR(mode) ? NODE_DIR : S_ISREG(mode) ? NODE_REG : S_ISLNK(mode) ? NODE_SYMLINK : NODE_SPECIAL;
}

static int64_t to_ns(const struct statx_timestamp *time)
{
	return node_time_clamped(time->tv_sec, time->tv_nsec);
}

static void entry_take(struct entry *entry, const struct statx *st, unsigned mask)
{
	entry->type = type_of_mode(st->stx_mode);
	entry->alloc_bytes = figure_of_blocks(st->stx_blocks);
	entry->apparent_bytes = st->stx_size;
	entry->mtime_ns = node_time(st->stx_mtime.tv_sec, st->stx_mtime.tv_nsec);
	entry->mtime_era = node_era(st->stx_mtime.tv_sec, entry->mtime_ns);
	entry->ino = st->stx_ino;
	entry->nlink = st->stx_nlink;
	if (entry->type == NODE_DIR) {
		entry->ctime_ns = to_ns(&st->stx_ctime);
		if (st->stx_mask & STATX_BTIME)
			entry->birth = node_fold_time(to_ns(&st->stx_btime));
	}
	if (mask & STATX_UID)
		entry->extended = (struct node_extended){
			.uid = st->stx_uid,
			.gid = st->stx_gid,
			.mode = st->stx_mode,
			.known = true,
		};
}

static bool excluded(const struct reading *reading, const char *name, size_t length, bool is_dir)
{
	const struct scan_rules *rules = reading->rules;
	struct buf *path = reading->path;

	if (rules->by_name_only)
		return exclude_name(rules->options.counting.exclude, name, length, is_dir);
	size_t before = path->length;
	bool match = !buf_add(path, name, length) &&
	             exclude_path(rules->options.counting.exclude, path->data, path->length, is_dir);

	path->length = before;
	return match;
}

/* Does the subdirectory hold a valid CACHEDIR.TAG (https://bford.info/cachedir/)? */
static bool is_cache(const struct reading *reading, int fd, const char *name, size_t length)
{
	static const char tag[] = "/CACHEDIR.TAG", signature[] = "Signature: 8a477f597d28d172789f06886806bc55";
	char path[256 + sizeof(tag)], head[sizeof(signature) - 1];

	memcpy(path, name, length);
	memcpy(path + length, tag, sizeof(tag));
	int file = openat(fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOATIME);

	if (file < 0 && errno == EPERM)
		file = openat(fd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	/* Whether it counts would be a guess.  (Who keeps a tree true looks again.) */
	if (file < 0 && (errno == EMFILE || errno == ENFILE) && reading->scan)
		pool_fail(reading->scan, -errno);
	if (file < 0)
		return false;
	bool is = read(file, head, sizeof(head)) == (ssize_t)sizeof(head) && !memcmp(head, signature, sizeof(head));

	close(file);
	return is;
}

/* Kind of file system at a place, without opening it. */
static uint64_t magic_at(int fd, const char *name)
{
	struct statfs fs;
	int at = openat(fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	uint64_t magic = 0;

	if (at < 0)
		return 0;
	if (!fstatfs(at, &fs))
		magic = (uint64_t)(uint32_t)fs.f_type;
	close(at);
	return magic;
}

/*
 * The entry is a mount point, or on another device than its directory (a btrfs subvolume).  `verdict` is what the mount
 * table said: MOUNT_ENTER or, where it knew nothing, MOUNT_NONE.  0 or -ENOMEM.
 */
static int cross(const struct reading *reading, struct entry *entry, const struct statx *st, enum mount_verdict verdict)
{
	const struct scan_counting *counting = &reading->rules->options.counting;
	struct tree *tree = reading->rules->tree;
	dev_t dev = makedev(st->stx_dev_major, st->stx_dev_minor);

	if (counting->same_fs && dev != tree_fs(tree, 0).dev) {
		entry->flags = ROW_OTHERFS;
		return 0;
	}
	/* A subvolume is no mount, whatever its number; what was mounted since the table was read is one. */
	if (counting->same_volume && verdict == MOUNT_NONE && st->stx_attributes & STATX_ATTR_MOUNT_ROOT) {
		entry->flags = ROW_OTHERFS;
		return 0;
	}
	/* Of a file that was followed to elsewhere nobody asks. */
	uint64_t magic = entry->type == NODE_DIR ? magic_at(reading->fd, entry->name) : 0;

	if (verdict == MOUNT_NONE && entry->type == NODE_DIR)
		verdict = mounts_judge(magic, counting);
	if (verdict == MOUNT_OTHERFS || verdict == MOUNT_KERNFS) {
		entry->flags = verdict == MOUNT_KERNFS ? ROW_KERNFS : ROW_OTHERFS;
		return 0;
	}
	int slot = tree_fs_slot(tree, dev, magic);

	if (slot < 0)
		return slot;
	entry->fs = (uint16_t)slot;
	if (entry->type == NODE_DIR)
		entry->dir_flags |= DIR_MOUNT;
	return 0;
}

/*
 * Is the subdirectory one that it lies in?  What is made up by a program, or by another machine, may be so; on disks of
 * our own links to directories do not exist, and nobody climbs for each.
 */
static bool is_above(const struct reading *reading, const struct entry *entry)
{
	const struct tree *tree = reading->rules->tree;

	if (!entry->ino || !tree->fs[entry->fs].remote)
		return false;
	for (dir_id dir = reading->dir; dir != DIR_NONE; dir = tree_cold(tree, dir)->parent)
		if (tree_cold(tree, dir)->ino == entry->ino && tree_cold(tree, dir)->fs == entry->fs)
			return true;
	return false;
}

int reading_examine(const struct reading *reading, unsigned char type, struct entry *entry)
{
	const struct scan_rules *rules = reading->rules;
	const struct scan_counting *counting = &rules->options.counting;
	enum mount_verdict verdict = MOUNT_NONE;
	unsigned mask = STAT_MASK;
	struct statx st;

	entry->type = type_of_dirent(type);
	entry->fs = reading->fs;
	if (counting->exclude && type != DT_UNKNOWN && excluded(reading, entry->name, entry->length, type == DT_DIR)) {
		entry->flags = ROW_EXCLUDED;
		return 0;
	}
	if (reading->node) {
		mounts_child(rules->mounts, reading->node, entry->name, entry->length, &verdict);
		if (verdict == MOUNT_OTHERFS || verdict == MOUNT_KERNFS) {
			if (type == DT_UNKNOWN)
				entry->type = NODE_DIR;
			entry->flags = verdict == MOUNT_KERNFS ? ROW_KERNFS : ROW_OTHERFS;
			return 0;
		}
	}
	if (rules->options.extended)
		mask |= STATX_UID | STATX_GID;
	int failed = reading->fd < 0                                        ? tables_stat(reading, entry, mask, &st)
	           : statx(reading->fd, entry->name, STAT_FLAGS, mask, &st) ? errno
	                                                                    : 0;

	/* An abandoned worker that comes back from here must leave the tree alone. */
	if (stopped(reading))
		return -ECANCELED;
	if (failed == ENOENT)
		return -ENOENT; /* deleted since it was listed */
	if (failed) {
		entry->flags = ROW_ERROR;
		return 0;
	}
	if (counting->follow_links && S_ISLNK(st.stx_mode)) {
		struct statx target;

		if (!statx(reading->fd, entry->name, AT_NO_AUTOMOUNT, mask, &target) && !S_ISDIR(target.stx_mode))
			st = target;
		if (stopped(reading))
			return -ECANCELED;
	}
	entry_take(entry, &st, mask);
	bool is_dir = entry->type == NODE_DIR;

	if (rules->options.written && entry->type == NODE_REG && to_ns(&st.stx_ctime) > rules->options.written_since_ns)
		rules->options.written(rules->options.opened_context, reading->dir, entry->name, entry->length);

	if (counting->exclude && type == DT_UNKNOWN && excluded(reading, entry->name, entry->length, is_dir))
		entry->flags = ROW_EXCLUDED;
	else if (__builtin_expect(st.stx_dev_minor != reading->dev_minor || st.stx_dev_major != reading->dev_major ||
	                                  (is_dir && st.stx_attributes & STATX_ATTR_MOUNT_ROOT),
	                          0)) {
		int result = cross(reading, entry, &st, verdict);

		if (result)
			return result;
	}
	if (is_dir && !entry->flags && is_above(reading, entry)) {
		tree_odd(rules->tree, TREE_CONTAINS_ITSELF, reading->dir, 1);
		entry->dir_flags |= DIR_LOOP | DIR_READ_ERROR;
		entry->alloc_bytes = 0;
		entry->apparent_bytes = 0;
	} else if (is_dir && !entry->flags && counting->exclude_caches &&
	           is_cache(reading, reading->fd, entry->name, entry->length)) {
		entry->dir_flags |= DIR_CACHE;
		entry->alloc_bytes = 0;
		entry->apparent_bytes = 0;
	}
	return 0;
}

int reading_stat_beneath(const struct reading *reading, int fd, const char *path, struct entry *entry)
{
	struct statx st;
	int failed = statx(fd, path, STAT_FLAGS, STAT_MASK, &st) ? errno : 0;

	if (stopped(reading))
		return -ECANCELED;
	if (failed)
		return -failed;
	if (!S_ISDIR(st.stx_mode) || st.stx_dev_minor != reading->dev_minor || st.stx_dev_major != reading->dev_major ||
	    st.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return -ESTALE;
	entry_take(entry, &st, STAT_MASK);
	entry->fs = reading->fs;
	return 0;
}

/* ---- of a directory ---- */

int scan_entry_of(int fd, struct entry *entry, uint64_t *mount, dev_t *dev)
{
	struct statx st;

	if (statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID, &st))
		return -errno;
	if (!S_ISDIR(st.stx_mode))
		return -ENOTDIR;
	int64_t mtime_ns = node_time(st.stx_mtime.tv_sec, st.stx_mtime.tv_nsec);

	*entry = (struct entry){
		.type = NODE_DIR,
		.alloc_bytes = figure_of_blocks(st.stx_blocks),
		.apparent_bytes = st.stx_size,
		.mtime_ns = mtime_ns,
		.mtime_era = node_era(st.stx_mtime.tv_sec, mtime_ns),
		.ctime_ns = node_time_clamped(st.stx_ctime.tv_sec, st.stx_ctime.tv_nsec),
		.birth = st.stx_mask & STATX_BTIME
	                       ? node_fold_time(node_time_clamped(st.stx_btime.tv_sec, st.stx_btime.tv_nsec))
	                       : 0,
		.ino = st.stx_ino,
		.nlink = 1,
		.dir_flags = st.stx_attributes & STATX_ATTR_MOUNT_ROOT ? DIR_MOUNT : 0,
		.extended = {.uid = st.stx_uid, .gid = st.stx_gid, .mode = st.stx_mode, .known = true},
	};
	*mount = statx_mount(&st);
	*dev = makedev(st.stx_dev_major, st.stx_dev_minor);
	return 0;
}

static uint64_t listed_by_all(const struct scan *scan)
{
	uint64_t listed = 0;

	for (unsigned i = 0; i < scan->threads; i++)
		listed += atomic_load_explicit(&scan->workers[i].listed, memory_order_relaxed);
	return listed;
}

int reading_open(struct scan_worker *worker, dir_id dir, int parent_fd)
{
	struct scan *scan = worker->scan;
	const struct node_cold *cold = tree_cold(scan->rules.tree, dir);
	uint64_t listed = 0;
	int64_t patience = 0;
	char name[256];

	if (parent_fd >= 0) {
		const unsigned char *at = (const unsigned char *)tree_block(scan->rules.tree, cold->parent);

		at += ((const struct node_block *)at)->rows[cold->row].name;
		size_t length = tree_disk_length(scan->rules.tree, dir, at + 1, at[0]);

		memcpy(name, at + 1, length);
		name[length] = '\0';
	}
	for (;;) {
		int fd = parent_fd >= 0 ? dirfd_open(parent_fd, name)
		                        : dirfd_open_path(scan->fds.root, scan->rules.tree, dir);

		if (fd != -EMFILE && fd != -ENFILE)
			return fd;
		/* Others hold them; as they finish there will be some.  While they do, it is worth waiting. */
		if (!patience)
			dirfds_shrink(&scan->fds);
		if (!patience || listed_by_all(scan) != listed) {
			listed = listed_by_all(scan);
			patience = clock_mono_ns() + DESCRIPTOR_PATIENCE_NS;
		}
		if (pool_stopped(scan) || clock_mono_ns() > patience)
			return fd;
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
}

void reading_begin(struct reading *reading, const struct scan_rules *rules, struct buf *path, dir_id dir, int fd,
                   mount_node node)
{
	uint16_t fs = tree_cold(rules->tree, dir)->fs;
	dev_t dev = rules->tree->fs[fs].dev;

	*reading = (struct reading){
		.rules = rules,
		.path = path,
		.dir = dir,
		.fd = fd,
		.node = node,
		.fs = fs,
		.dev_major = major(dev),
		.dev_minor = minor(dev),
	};
}

void reading_begin_work(struct reading *reading, struct scan_worker *worker, dir_id dir, int fd, mount_node node)
{
	reading_begin(reading, &worker->scan->rules, &worker->path, dir, fd, node);
	reading->worker = worker;
	reading->scan = worker->scan;
}

int reading_path(const struct reading *reading)
{
	const struct scan_rules *rules = reading->rules;
	struct buf *path = reading->path;

	if (!rules->options.counting.exclude || rules->by_name_only)
		return 0;
	buf_clear(path);
	buf_str(path, rules->named);
	if (path->length && path->data[path->length - 1] != '/')
		buf_char(path, '/');
	tree_relative(rules->tree, reading->dir, path);
	if (path->length && path->data[path->length - 1] != '/')
		buf_char(path, '/');
	return path->failed ? -ENOMEM : 0;
}

bool reading_goes_on(struct scan *scan, int result)
{
	if (result == -ECANCELED)
		return false;
	if (result) {
		pool_fail(scan, -ENOMEM);
		return false;
	}
	return true;
}
