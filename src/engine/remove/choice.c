/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "engine/remove/choice.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/kernel.h"
#include "engine/image/identity.h"
#include "engine/scan/dirfd.h"

#define OPEN_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
#define LIST_BYTES (256u << 10)
#define AHEAD_NS 1000000000    /* the clock of a file system may have finer ticks */
#define LARGE_BYTES (1u << 20) /* smaller files share too little to be asked about it */

/** The file systems' clock, with their ticks: not the one that tests set. */
static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	return node_time(now.tv_sec, (uint32_t)now.tv_nsec);
}

/* ---- writing down ---- */

struct choice_walk {
	struct choice *choice;
	const atomic_bool *cancel;
	struct hash taken; /* dir_ids of chosen folders, to their numbers in choice.dirs */
};

static uint32_t add_dir(struct choice_walk *walk, dir_id dir, uint32_t parent)
{
	struct choice *choice = walk->choice;
	const struct node_cold *cold = tree_cold(choice->tree, dir);
	struct tree_fs fs = tree_fs(choice->tree, cold->fs);

	if (alloc_room(&choice->dirs, &choice->dir_capacity, choice->dir_count + 1))
		return CHOICE_NONE;
	choice->dirs[choice->dir_count] = (struct choice_dir){
		.ino = cold->ino,
		.dev = fs.dev,
		.birth = cold->birth,
		.parent = parent,
		.fleeting = fs.fleeting,
		.dir = dir,
	};
	return (uint32_t)choice->dir_count++;
}

/** A name of a linked file: its bytes come free with the last of all its names. */
static int add_link(struct choice *choice, const struct node *node)
{
	uint32_t hash = hash_u64(node->ino ^ (uint64_t)node->fs << 48);

	HASH_EACH (&choice->by_link, hash, i)
		if (choice->links[i].ino == node->ino && choice->links[i].fs == node->fs) {
			choice->links[i].names++;
			return 0;
		}
	if (alloc_room(&choice->links, &choice->link_capacity, choice->link_count + 1))
		return -ENOMEM;
	choice->links[choice->link_count] = (struct choice_link){.ino = node->ino,
	                                                         .bytes = node->alloc_bytes,
	                                                         .nlink = node->nlink,
	                                                         .names = 1,
	                                                         .fs = node->fs};
	choice->bytes = figure_sum(choice->bytes, node->alloc_bytes);
	return hash_add(&choice->by_link, hash, (uint32_t)choice->link_count++);
}

static int add_large(struct choice *choice, uint32_t dir, const struct node *node)
{
	if (alloc_room(&choice->large, &choice->large_capacity, choice->large_count + 1))
		return -ENOMEM;
	choice->large[choice->large_count] = (struct choice_large){.dir = dir,
	                                                           .bytes = node->alloc_bytes,
	                                                           .name = alloc_copy(node->name, node->name_length)};
	return choice->large[choice->large_count++].name ? 0 : -ENOMEM;
}

/** What is no folder. */
static int add_file(struct choice *choice, uint32_t dir, const struct node *node)
{
	int rc = 0;

	if (alloc_room(&choice->names, &choice->name_capacity, choice->name_count + 1))
		return -ENOMEM;
	choice->names[choice->name_count++] = hash_bytes(dir, node->name, node->name_length);
	choice->entries++;
	if (node->nlink > 1)
		rc = add_link(choice, node);
	else
		choice->bytes = figure_sum(choice->bytes, node->alloc_bytes);
	if (!rc && node->type == NODE_REG && node->alloc_bytes >= LARGE_BYTES)
		rc = add_large(choice, dir, node);
	return rc;
}

/** Is it something that the scan did not look into?  Then nobody has seen what would be deleted. */
static bool is_left_out(const struct node *node)
{
	return (node->flags & ROW_LEAF) || (node->type == NODE_DIR && node->dir == DIR_NONE) ||
	       (node->dir_flags & (DIR_MOUNT | DIR_CACHE | DIR_LOOP));
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/** A folder that was chosen, or lies in one: what it has in it.  Its own folders come behind all that are there. */
static int add_contents(struct choice_walk *walk, uint32_t number)
{
	struct choice *choice = walk->choice;
	dir_id dir = choice->dirs[number].dir;
	const struct node_block *block = tree_block(choice->tree, dir);
	uint32_t count = block ? tree_count(block) : 0, sub;
	size_t first = choice->name_count;
	struct node node;
	int rc = 0;

	choice->entries++;
	choice->bytes = figure_sum(choice->bytes, tree_cold(choice->tree, dir)->own_alloc_bytes);
	for (uint32_t i = 0; i < count && !rc; i++) {
		tree_node(choice->tree, block, i, &node);
		if (node.flags & ROW_GONE)
			continue;
		if (is_left_out(&node)) {
			choice->left_out++;
		} else if (node.dir == DIR_NONE) {
			rc = add_file(choice, number, &node);
		} else {
			sub = add_dir(walk, node.dir, number);
			rc = sub == CHOICE_NONE
			           ? -ENOMEM
			           : hash_add(&choice->by_name, hash_bytes(number, node.name, node.name_length), sub);
		}
	}
	choice->dirs[number].names = (uint32_t)first;
	choice->dirs[number].name_count = (uint32_t)(choice->name_count - first);
	if (choice->name_count > first)
		qsort(choice->names + first, choice->name_count - first, sizeof(*choice->names), by_number);
	return rc;
}

/* ---- what was chosen ---- */

static int add_item(struct choice_walk *walk, uint32_t place, const struct node *node)
{
	struct choice *choice = walk->choice;
	struct choice_item *item = &choice->items[choice->item_count];
	struct buf path = {0};
	int rc;

	if (is_left_out(node)) {
		choice->left_out++;
		return 0;
	}
	*item = (struct choice_item){.place = place, .dir = CHOICE_NONE, .bytes = node->alloc_bytes};
	item->items = node->items;
	item->name = alloc_copy(node->name, node->name_length);
	rc = item->name ? tree_path(choice->tree, choice->dirs[place].dir, &path) : -ENOMEM;
	if (!rc && path.length && path.data[path.length - 1] != '/')
		rc = buf_char(&path, '/');
	if (!rc)
		rc = buf_add(&path, node->name, node->name_length);
	item->path = path.data;
	choice->item_count++;
	if (rc)
		return rc;
	if (node->dir == DIR_NONE)
		return add_file(choice, place, node);
	item->dir = add_dir(walk, node->dir, CHOICE_NONE);
	return item->dir == CHOICE_NONE ? -ENOMEM : 0;
}

/** Does one of the folders above lie in the choice itself? */
static bool is_inside(const struct choice_walk *walk, dir_id dir)
{
	for (; dir != DIR_NONE; dir = tree_cold(walk->choice->tree, dir)->parent)
		HASH_EACH (&walk->taken, hash_u32(dir), number)
			return true;
	return false;
}

static int by_dir(const void *a, const void *b)
{
	const struct choice_name *x = *(const struct choice_name *const *)a, *y = *(const struct choice_name *const *)b;

	return (x->dir > y->dir) - (x->dir < y->dir);
}

/** The entries of one folder that are wanted, `each` for one that is there.  One pass over its rows. */
static int find_names(struct choice_walk *walk, const struct choice_name *const *names, size_t count,
                      int (*each)(struct choice_walk *walk, uint32_t place, const struct node *node), uint32_t place)
{
	const struct tree *tree = walk->choice->tree;
	const struct node_block *block = tree_alive(tree, names[0]->dir) ? tree_block(tree, names[0]->dir) : NULL;
	uint32_t rows = block ? tree_count(block) : 0;
	struct hash wanted = {0};
	int rc = hash_reserve(&wanted, count);

	for (size_t i = 0; i < count && !rc; i++)
		rc = hash_add(&wanted, hash_bytes(0, names[i]->name, names[i]->length), (uint32_t)i);
	for (uint32_t i = 0; i < rows && !rc; i++) {
		const unsigned char *name = (const unsigned char *)block + block->rows[i].name;
		bool found = false;
		struct node node;

		HASH_EACH (&wanted, hash_bytes(0, name + 1, *name), k)
			found |= names[k]->length == *name && !memcmp(names[k]->name, name + 1, *name);
		if (!found)
			continue;
		tree_node(tree, block, i, &node);
		if (!(node.flags & ROW_GONE))
			rc = each(walk, place, &node);
	}
	hash_free(&wanted);
	return rc;
}

static int note_taken(struct choice_walk *walk, uint32_t place, const struct node *node)
{
	(void)place;
	return node->dir == DIR_NONE ? 0 : hash_add(&walk->taken, hash_u32(node->dir), 0);
}

/** The chosen entries, folder by folder; then all that lies in them. */
static int write_down(struct choice_walk *walk, const struct choice_name **names, size_t count)
{
	struct choice *choice = walk->choice;
	size_t end;
	int rc = 0;

	qsort(names, count, sizeof(*names), by_dir);
	for (size_t i = 0; i < count && !rc; i = end) {
		for (end = i; end < count && names[end]->dir == names[i]->dir; end++)
			;
		rc = find_names(walk, names + i, end - i, note_taken, 0);
	}
	for (size_t i = 0; i < count && !rc; i = end) {
		uint32_t place;

		for (end = i; end < count && names[end]->dir == names[i]->dir; end++)
			;
		if (!tree_alive(choice->tree, names[i]->dir) || is_inside(walk, names[i]->dir))
			continue;
		place = add_dir(walk, names[i]->dir, CHOICE_NONE);
		rc = place == CHOICE_NONE ? -ENOMEM : find_names(walk, names + i, end - i, add_item, place);
	}
	for (size_t i = 0; i < choice->item_count && !rc; i++)
		if (choice->items[i].dir != CHOICE_NONE) {
			size_t next = choice->dir_count;

			rc = add_contents(walk, choice->items[i].dir);
			for (; next < choice->dir_count && !rc; next++)
				rc = walk->cancel && atomic_load_explicit(walk->cancel, memory_order_relaxed)
				           ? -ECANCELED
				           : add_contents(walk, (uint32_t)next);
		}
	for (size_t i = 0; i < choice->link_count; i++)
		if (choice->links[i].names < choice->links[i].nlink)
			choice->elsewhere = figure_sum(choice->elsewhere, choice->links[i].bytes);
	return rc;
}

/** The chosen entries as they are on the disk. */
static void look(struct choice *choice)
{
	uint32_t place = CHOICE_NONE;
	struct statx st;
	int fd = -1;

	for (size_t i = 0; i < choice->item_count; i++) {
		struct choice_item *item = &choice->items[i];

		if (item->place != place) {
			if (fd >= 0)
				close(fd);
			place = item->place;
			fd = choice_open(choice, place);
		}
		item->rc = fd < 0 ? fd : 0;
		if (fd >= 0 && statx(fd, item->name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, CHOICE_STATX, &st))
			item->rc = -errno;
		else if (fd >= 0 && S_ISDIR(st.stx_mode) != (item->dir != CHOICE_NONE))
			item->rc = -ESTALE;
		else if (fd >= 0 && item->dir != CHOICE_NONE && !choice_is_dir(&choice->dirs[item->dir], &st))
			item->rc = -ESTALE;
		if (item->rc)
			continue;
		item->dev = choice_dev(&st);
		item->ino = st.stx_ino;
		item->mode = st.stx_mode;
		item->nlink = st.stx_nlink;
		item->size = st.stx_size;
		item->modified = st.stx_mtime;
		if (st.stx_mask & STATX_BTIME)
			item->born = st.stx_btime;
	}
	if (fd >= 0)
		close(fd);
}

int choice_create(const struct tree *tree, const struct choice_name *names, size_t count, const atomic_bool *cancel,
                  struct choice **out)
{
	struct choice *choice = alloc_zero(struct choice);
	const struct choice_name **sorted = alloc_array(count, sizeof(*sorted));
	struct choice_walk walk = {.choice = choice, .cancel = cancel};
	unsigned pin;
	int rc = 0;

	if (choice) {
		choice->tree = tree;
		choice->root = open(tree_root_path(tree), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		rc = choice->root < 0 ? -errno : 0;
		choice->items = alloc_array(count, sizeof(*choice->items));
		choice->taken_ns = now_ns();
	}
	if (!choice || !sorted || !choice->items)
		rc = -ENOMEM;
	for (size_t i = 0; i < count && !rc; i++)
		sorted[i] = &names[i];
	if (!rc) {
		pin = tree_pin(tree);
		rc = write_down(&walk, sorted, count);
		tree_unpin(tree, pin);
	}
	hash_free(&walk.taken);
	free(sorted);
	if (!rc && !choice->item_count)
		rc = -ENOENT;
	if (rc) {
		choice_destroy(choice);
		return rc;
	}
	look(choice);
	*out = choice;
	return 0;
}

void choice_destroy(struct choice *choice)
{
	if (!choice)
		return;
	for (size_t i = 0; choice->items && i < choice->item_count; i++) {
		free(choice->items[i].name);
		free(choice->items[i].path);
	}
	for (size_t i = 0; i < choice->large_count; i++)
		free(choice->large[i].name);
	if (choice->root >= 0)
		close(choice->root);
	hash_free(&choice->by_name);
	hash_free(&choice->by_link);
	free(choice->items);
	free(choice->dirs);
	free(choice->names);
	free(choice->inodes);
	free(choice->links);
	free(choice->large);
	free(choice);
}

/* ---- is it the same? ---- */

static uint32_t fold(uint64_t ino)
{
	uint32_t folded = hash_u64(ino);

	return folded ? folded : 1;
}

/** The first of that name, CHOICE_NONE = there is none. */
static uint32_t find_hash(const struct choice *choice, const struct choice_dir *dir, uint32_t hash)
{
	uint32_t low = dir->names, high = dir->names + dir->name_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (choice->names[middle] < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low < dir->names + dir->name_count && choice->names[low] == hash ? low : CHOICE_NONE;
}

uint32_t choice_find_name(const struct choice *choice, uint32_t number, const void *name, size_t length, uint64_t ino)
{
	const struct choice_dir *dir = &choice->dirs[number];
	uint32_t hash = hash_bytes(number, name, length), at = find_hash(choice, dir, hash);

	for (; at < dir->names + dir->name_count && choice->names[at] == hash; at++)
		if (choice->inodes[at] && (dir->fleeting || choice->inodes[at] == fold(ino)))
			return at;
	return CHOICE_NONE;
}

static uint32_t birth_of(const struct statx *st)
{
	return st->stx_mask & STATX_BTIME
	             ? node_fold_time(node_time_clamped(st->stx_btime.tv_sec, st->stx_btime.tv_nsec))
	             : 0;
}

bool choice_is_dir(const struct choice_dir *dir, const struct statx *st)
{
	uint32_t birth = birth_of(st);

	if (!S_ISDIR(st->stx_mode) || choice_dev(st) != dir->dev)
		return false;
	return dir->fleeting || (st->stx_ino == dir->ino && (!birth || !dir->birth || birth == dir->birth));
}

uint32_t choice_find_dir(const struct choice *choice, uint32_t parent, const void *name, size_t length,
                         const struct statx *st)
{
	HASH_EACH (&choice->by_name, hash_bytes(parent, name, length), number)
		if (choice->dirs[number].parent == parent && choice_is_dir(&choice->dirs[number], st))
			return number;
	return CHOICE_NONE;
}

bool choice_is_item(const struct choice *choice, const struct choice_item *item, const struct statx *st)
{
	if (item->rc || (st->stx_mode & S_IFMT) != (item->mode & S_IFMT))
		return false;
	if (choice->dirs[item->place].fleeting)
		return true;
	if (choice_dev(st) != item->dev || st->stx_ino != item->ino)
		return false;
	return !(st->stx_mask & STATX_BTIME) ||
	       (st->stx_btime.tv_sec == item->born.tv_sec && st->stx_btime.tv_nsec == item->born.tv_nsec);
}

bool choice_came_since(const struct choice *choice, const struct statx *st)
{
	int64_t born_ns = node_time_clamped(st->stx_btime.tv_sec, st->stx_btime.tv_nsec);

	/* In the tick of the choice nobody knows; a clock ahead of ours proves nothing. */
	return (st->stx_mask & STATX_BTIME) && born_ns >= choice->taken_ns && born_ns <= now_ns() + AHEAD_NS;
}

int choice_open(const struct choice *choice, uint32_t dir)
{
	dir_id id = choice->dirs[dir].dir;

	return tree_alive(choice->tree, id) ? dirfd_open_path(choice->root, choice->tree, id) : -ESTALE;
}

/* ---- on the disk ---- */

/** Without openat2(2): the kernel is old, or a sandbox does not know the call. */
static int open_and_look(int parent, const char *name)
{
	int fd = openat(parent, name, OPEN_FLAGS | O_NOATIME), rc;
	struct statx here, above;

	if (fd < 0 && errno == EPERM)
		fd = openat(parent, name, OPEN_FLAGS);
	if (fd < 0)
		return -errno;
	rc = statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MNT_ID, &here) ||
	                     statx(parent, "", AT_EMPTY_PATH, STATX_TYPE | STATX_MNT_ID, &above)
	           ? -errno
	           : 0;
	if (!rc && (choice_dev(&here) != choice_dev(&above) || statx_mount(&here) != statx_mount(&above) ||
	            (here.stx_attributes_mask & here.stx_attributes & STATX_ATTR_MOUNT_ROOT)))
		rc = -EXDEV;
	if (rc) {
		close(fd);
		return rc;
	}
	return fd;
}

int choice_open_below(int parent, const char *name)
{
	struct open_how how = {
		.flags = OPEN_FLAGS | O_NOATIME,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV,
	};
	int fd = -1;

	for (int tries = 0; tries < 100; tries++) {
		fd = (int)syscall(SYS_openat2, parent, name, &how, sizeof(how));
		if (fd >= 0)
			return fd;
		if (errno == EPERM && (how.flags & O_NOATIME))
			how.flags &= ~(uint64_t)O_NOATIME;
		else if (errno != EAGAIN && errno != EINTR)
			break;
	}
	return errno == ENOSYS || errno == EPERM ? open_and_look(parent, name) : -errno;
}

/** The inodes of what was chosen in an open folder. */
static void list_folder(struct choice *choice, uint32_t number, int fd, char *list)
{
	const struct choice_dir *dir = &choice->dirs[number];
	ssize_t got;

	while (dir->name_count && (got = getdents64(fd, list, LIST_BYTES)) > 0)
		for (ssize_t at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(list + at);
			uint32_t hash = hash_bytes(number, entry->d_name, strlen(entry->d_name));

			/* Two names of one hash: each takes a place. */
			for (uint32_t i = find_hash(choice, dir, hash);
			     i < dir->names + dir->name_count && choice->names[i] == hash; i++)
				if (!choice->inodes[i]) {
					choice->inodes[i] = fold(entry->d_ino);
					break;
				}
			at += entry->d_reclen;
		}
}

int choice_list(struct choice *choice, const atomic_bool *cancel)
{
	char *list = alloc_array(LIST_BYTES, 1);
	int rc = 0;

	choice->inodes = alloc_array(choice->name_count + 1, sizeof(*choice->inodes));
	if (!list || !choice->inodes)
		rc = -ENOMEM;
	for (size_t i = 0; i < choice->dir_count && !rc; i++) {
		int fd;

		if (cancel && atomic_load_explicit(cancel, memory_order_relaxed))
			rc = -ECANCELED;
		if (rc || !choice->dirs[i].name_count)
			continue;
		/* Of one that cannot be listed nothing is deleted. */
		fd = choice_open(choice, (uint32_t)i);
		if (fd < 0)
			continue;
		list_folder(choice, (uint32_t)i, fd, list);
		close(fd);
	}
	free(list);
	return rc;
}
