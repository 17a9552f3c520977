/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A layout is a row of the table: below an anchor lies a folder of states, each named for its time or numbered; in a
 * state the tree begins at once, or behind a name more.  Nothing is mounted, and nothing is asked of a program.
 */
#include "cli/found_states.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/path.h"

#define SUBVOLUME_TOP 256 /* inode of every subvolume's top */

enum state_anchor {
	ABOVE,     /* the folder or one above it: a state begins where the anchor does */
	TIMESHIFT, /* where Timeshift keeps or mounts its own: a state begins at / */
	RSNAPSHOT, /* what its configuration names: likewise */
};

enum dated {
	BY_NAME,
	BY_SNAPPER,   /* info.xml beside it */
	BY_SUBVOLUME, /* btrfs says when it was made */
	BY_MTIME,     /* of the state's folder */
};

static const struct state_layout {
	const char *name;
	enum state_anchor anchor;
	const char *states; /* the folder that holds them, below the anchor */
	const char *inside; /* what a state's tree lies in, in the state; "*" = any folder there; "" = itself */
	enum dated dated;
	const char *top; /* where that tree begins, of what begins at /; NULL = there */
} layouts[] = {
	{"snapper", ABOVE, ".snapshots", "snapshot", BY_SNAPPER},
	{"btrfs", ABOVE, ".snapshots", "", BY_SUBVOLUME},
	{"btrbk", ABOVE, "btrbk_snapshots", "", BY_SUBVOLUME},
	{"btrbk", ABOVE, "_btrbk_snap", "", BY_SUBVOLUME},
	{"zfs", ABOVE, ".zfs/snapshot", "", BY_NAME},
	{"timeshift", TIMESHIFT, "timeshift/snapshots", "localhost", BY_NAME},
	{"timeshift", TIMESHIFT, "timeshift-btrfs/snapshots", "@", BY_NAME},
	{"timeshift", TIMESHIFT, "timeshift-btrfs/snapshots", "@home", BY_NAME, "/home"},
	{"rsnapshot", RSNAPSHOT, "", "*", BY_MTIME},
};

/* ---- times ---- */

/* So many digits as a number; -1 = they are not there. */
static int digits(const char *text, int count)
{
	int n = 0;

	for (int i = 0; i < count; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -1;
		n = n * 10 + text[i] - '0';
	}
	return n;
}

/* A date that begins here, with or without its dashes; *length = how much of the text it is. */
static bool read_date(const char *text, struct tm *tm, size_t *length)
{
	int year = digits(text, 4), dash = year >= 1970 && text[4] == '-';

	if (year < 1970)
		return false;
	int month = digits(text + 4 + dash, 2);

	if (month < 1 || month > 12 || (dash && text[7] != '-'))
		return false;
	int day = digits(text + 6 + 2 * dash, 2);

	if (day < 1 || day > 31)
		return false;
	*tm = (struct tm){.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_isdst = -1};
	*length = 8 + 2 * (size_t)dash;
	return true;
}

/* A time of day behind it, with or without colons or dashes. */
static void read_clock(const char *text, struct tm *tm)
{
	if (!*text || !strchr("_T- ", *text))
		return;
	int hour = digits(++text, 2);

	if (hour < 0 || hour > 23)
		return;
	text += 2;
	text += *text == ':' || *text == '-';
	int minute = digits(text, 2);

	if (minute < 0 || minute > 59)
		return;
	tm->tm_hour = hour;
	tm->tm_min = minute;
	text += 2;
	text += *text == ':' || *text == '-';
	int second = digits(text, 2);

	if (second >= 0 && second <= 60)
		tm->tm_sec = second;
}

/** The time that a name bears (2026-11-18_09-02-31, 20261118T0902, 2026-11-18), in local time; 0 = none. */
static int64_t name_time(const char *name)
{
	for (; *name; name++) {
		struct tm tm;
		size_t length;

		if (!isdigit((unsigned char)*name))
			continue;
		if (read_date(name, &tm, &length) && !isdigit((unsigned char)name[length])) {
			read_clock(name + length, &tm);
			return (int64_t)mktime(&tm);
		}
		while (isdigit((unsigned char)name[1]))
			name++;
	}
	return 0;
}

/* `<date>2026-11-18 09:02:31</date>`, in UTC. */
static int64_t snapper_time(const char *state)
{
	struct buf path = {0}, text = {0};
	struct err why;
	int64_t time_s = 0;

	buf_printf(&path, "%s/info.xml", state);
	if (!path.failed && !file_read_text(path.data, &text, &why)) {
		const char *at = text.data ? strstr(text.data, "<date>") : NULL;
		struct tm tm;
		size_t length;

		if (at && read_date(at + 6, &tm, &length)) {
			read_clock(at + 6 + length, &tm);
			time_s = (int64_t)timegm(&tm);
		}
	}
	buf_free(&path);
	buf_free(&text);
	return time_s;
}

/* 0 = it is no subvolume. */
static int64_t subvolume_time(const char *folder)
{
	struct btrfs_ioctl_get_subvol_info_args info = {0};
	struct stat st;
	int64_t time_s = 0;
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* Elsewhere the ioctl tells of the subvolume around. */
	if (fd >= 0 && !fstat(fd, &st) && st.st_ino == SUBVOLUME_TOP &&
	    ioctl(fd, BTRFS_IOC_GET_SUBVOL_INFO, &info) >= 0)
		time_s = (int64_t)info.otime.sec;
	if (fd >= 0)
		close(fd);
	return time_s;
}

static int64_t mtime_of(const char *folder)
{
	struct stat st;

	return stat(folder, &st) ? 0 : (int64_t)st.st_mtime;
}

static int64_t time_of(enum dated dated, const char *state, const char *name)
{
	switch (dated) {
	case BY_NAME: return name_time(name);
	case BY_SNAPPER: return snapper_time(state);
	case BY_SUBVOLUME: return subvolume_time(state);
	case BY_MTIME: return mtime_of(state);
	}
	return 0;
}

/* ---- looking ---- */

struct state_search {
	const char *path;
	struct found_states *out;
};

/* `hourly.0` and the like; what else lies there is not its own. */
static bool is_rotated(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot != name && dot[1] && dot[1 + strspn(dot + 1, "0123456789")] == '\0';
}

static int keep(struct state_search *search, const struct state_layout *layout, const char *folder, int64_t time_s)
{
	struct stat st;

	if (time_s <= 0 || stat(folder, &st) || !S_ISDIR(st.st_mode))
		return 0;
	struct found_states *out = search->out;

	if (alloc_room(&out->items, &out->capacity, out->count + 1))
		return -ENOMEM;
	out->items[out->count] = (struct found_state){alloc_copy(folder, strlen(folder)), layout->name, time_s};
	return out->items[out->count++].folder ? 0 : -ENOMEM;
}

static int join(struct buf *out, const char *folder, const char *name)
{
	buf_clear(out);
	buf_str(out, folder);
	if (*name && out->length && out->data[out->length - 1] != '/')
		buf_char(out, '/');
	return buf_str(out, name);
}

/* Each folder in it, not the hidden ones; 0 where it cannot be read, or what `take` returned. */
static int each_folder(const char *folder, int (*take)(void *context, const char *path, const char *name),
                       void *context)
{
	DIR *dir = opendir(folder);
	struct buf path = {0};
	int rc = 0;

	for (struct dirent *entry; dir && !rc && (entry = readdir(dir));) {
		if (entry->d_name[0] == '.')
			continue;
		rc = join(&path, folder, entry->d_name);
		if (!rc)
			rc = take(context, path.data, entry->d_name);
	}
	if (dir)
		closedir(dir);
	buf_free(&path);
	return rc;
}

struct looking {
	struct state_search *search;
	const struct state_layout *layout;
	const char *below; /* of the anchor, the folder that is looked for */
	int64_t time_s;    /* of the state at hand */
};

static int take_inside(void *context, const char *path, const char *name)
{
	struct looking *looking = context;
	struct buf folder = {0};
	int rc = join(&folder, path, looking->below);

	(void)name;
	if (!rc)
		rc = keep(looking->search, looking->layout, folder.data, looking->time_s);
	buf_free(&folder);
	return rc;
}

static int take_state(void *context, const char *path, const char *name)
{
	struct looking *looking = context;
	const struct state_layout *layout = looking->layout;
	struct buf inside = {0};
	int rc = 0;

	if (layout->anchor == RSNAPSHOT && !is_rotated(name))
		return 0;
	looking->time_s = time_of(layout->dated, path, name);
	if (!looking->time_s)
		return 0;
	if (!strcmp(layout->inside, "*"))
		return each_folder(path, take_inside, looking);
	rc = join(&inside, path, layout->inside);
	if (!rc)
		rc = take_inside(looking, inside.data, name);
	buf_free(&inside);
	return rc;
}

static int look(struct state_search *search, enum state_anchor anchor, const char *at, const char *below)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < sizeof(layouts) / sizeof(*layouts); i++) {
		struct looking looking = {.search = search, .layout = &layouts[i], .below = below};
		struct buf states = {0};

		if (layouts[i].top)
			looking.below = path_below(search->path, layouts[i].top);
		if (layouts[i].anchor != anchor || !looking.below)
			continue;
		rc = join(&states, at, layouts[i].states);
		if (!rc)
			rc = each_folder(states.data, take_state, &looking);
		buf_free(&states);
	}
	return rc;
}

static int look_above(struct state_search *search)
{
	char *above = alloc_copy(search->path, strlen(search->path));
	int rc = above ? 0 : -ENOMEM;

	while (!rc) {
		const char *below = path_below(search->path, above);

		rc = look(search, ABOVE, above, below ? below : "");
		char *slash = strrchr(above, '/');

		if (!slash || !slash[1])
			break; /* that was / */
		slash[slash == above] = '\0';
	}
	free(above);
	return rc;
}

static int take_timeshift(void *context, const char *path, const char *name)
{
	struct state_search *search = context;
	struct buf backup = {0};
	int rc = join(&backup, path, "backup");

	(void)name;
	if (!rc)
		rc = look(search, TIMESHIFT, backup.data, path_below(search->path, "/"));
	buf_free(&backup);
	return rc;
}

/* `snapshot_root<TAB>/backup/` */
static int look_rsnapshot(struct state_search *search)
{
	static const char key[] = "snapshot_root";
	struct buf text = {0};
	struct err why;
	size_t at = 0, length;
	int rc = 0;

	if (!file_read_text("/etc/rsnapshot.conf", &text, &why))
		for (char *line; !rc && (line = file_next_line(&text, &at, &length));)
			if (!strncmp(line, key, sizeof(key) - 1))
				rc = look(search, RSNAPSHOT,
				          line + sizeof(key) - 1 + strspn(line + sizeof(key) - 1, "\t "),
				          path_below(search->path, "/"));
	buf_free(&text);
	return rc;
}

/* Where somebody says that they are: in any layout. */
static int look_at(struct state_search *search, const char *place)
{
	const char *whole = path_below(search->path, "/");
	int rc = look(search, ABOVE, place, "");

	if (!rc)
		rc = look(search, TIMESHIFT, place, whole);
	return rc ? rc : look(search, RSNAPSHOT, place, whole);
}

static int by_time(const void *left, const void *right)
{
	const struct found_state *a = left, *b = right;

	if (a->time_s != b->time_s)
		return a->time_s < b->time_s ? -1 : 1;
	return strcmp(a->folder, b->folder);
}

static void sort(struct found_states *states)
{
	size_t kept = 0;

	if (states->count)
		qsort(states->items, states->count, sizeof(*states->items), by_time);
	for (size_t i = 0; i < states->count; i++)
		if (kept && states->items[kept - 1].time_s == states->items[i].time_s)
			free(states->items[i].folder);
		else
			states->items[kept++] = states->items[i];
	states->count = kept;
}

int found_states_find(const char *path, const char *place, struct found_states *out, struct err *err)
{
	struct state_search search = {.path = path, .out = out};
	int rc;

	*out = (struct found_states){0};
	rc = look_above(&search);
	if (!rc)
		rc = look(&search, TIMESHIFT, "/", path_below(path, "/"));
	if (!rc)
		rc = each_folder("/run/timeshift", take_timeshift, &search);
	if (!rc)
		rc = look_rsnapshot(&search);
	if (!rc && place)
		rc = look_at(&search, place);
	sort(out);
	return rc ? err_no_memory(err) : 0;
}

void found_states_clear(struct found_states *states)
{
	for (size_t i = 0; i < states->count; i++)
		free(states->items[i].folder);
	free(states->items);
	*states = (struct found_states){0};
}
