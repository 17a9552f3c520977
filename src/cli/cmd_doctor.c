/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is everything as it should be: database, indexes, permissions, limits of the system? */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/i18n.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/output.h"
#include "engine/watch/notify.h"
#include "store/record/check.h"

#define LITTLE_ROOM (64u << 20) /* bytes free where the database lies */

struct doctor {
	const struct options *options;
	struct document json;
	struct table table;
	bool wrong;
};

static void found(void *context, const char *what, enum check_state state, const char *sentence)
{
	static const char *const names[] =
		{[CHECK_GOOD] = "good", [CHECK_HINT] = "hint", [CHECK_WRONG] = "wrong", [CHECK_REPAIRED] = "repaired"};
	static const enum cell_role roles[] = {[CHECK_GOOD] = CELL_SHRINK,
	                                       [CHECK_HINT] = CELL_PLAIN,
	                                       [CHECK_WRONG] = CELL_GROW,
	                                       [CHECK_REPAIRED] = CELL_NEW};
	const char *const words[] = {[CHECK_GOOD] = _("good"),
	                             [CHECK_HINT] = _("hint"),
	                             [CHECK_WRONG] = _("WRONG"),
	                             [CHECK_REPAIRED] = _("repaired")};
	struct doctor *doctor = context;

	doctor->wrong |= state == CHECK_WRONG;
	if (doctor->options->json) {
		document_object(&doctor->json, NULL);
		document_text(&doctor->json, "state", names[state]);
		document_text(&doctor->json, "what", what);
		document_text(&doctor->json, "text", sentence);
		document_end_object(&doctor->json);
		return;
	}
	table_cell(&doctor->table, roles[state], words[state]);
	table_cell(&doctor->table, CELL_PLAIN, _(what));
	table_cell(&doctor->table, CELL_PLAIN, sentence);
}

static void __attribute__((format(printf, 4, 5)))
tell(struct doctor *doctor, const char *what, enum check_state state, const char *format, ...)
{
	char sentence[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	found(doctor, what, state, sentence);
}

/* ---- permissions ---- */

/* A file that lists file names is for its owner alone. */
static void check_private(struct doctor *doctor, const char *path, bool folder)
{
	struct buf safe = {0};
	struct stat st;
	const char *what = N_("permissions"), *name = output_safe(&safe, path);
	mode_t wanted = folder ? 0700 : 0600;

	if (stat(path, &st)) {
		if (errno != ENOENT)
			tell(doctor, what, CHECK_WRONG, "%s: %s", name, strerror(errno));
	} else if (st.st_uid != geteuid()) {
		tell(doctor, what, CHECK_HINT, _("%s belongs to another user"), name);
	} else if (!(st.st_mode & 077)) {
		tell(doctor, what, CHECK_GOOD, _("%s is for its owner alone"), name);
	} else if (doctor->options->repair && !chmod(path, wanted)) {
		tell(doctor, what, CHECK_REPAIRED, _("%s was open to others; now for its owner alone"), name);
	} else {
		tell(doctor, what, CHECK_WRONG, _("%s is open to others (mode %04o): it lists names of files"), name,
		     (unsigned)(st.st_mode & 07777));
	}
	buf_free(&safe);
}

static void check_permissions(struct doctor *doctor, const char *db)
{
	static const char *const endings[] = {"", "-wal", "-shm"};
	struct buf path = {0};
	struct statvfs fs;

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		buf_clear(&path);
		buf_str(&path, db);
		if (!buf_str(&path, endings[i]))
			check_private(doctor, path.data, false);
	}
	buf_clear(&path);
	buf_str(&path, db);
	if (!buf_str(&path, ".index"))
		check_private(doctor, path.data, true);
	if (!statvfs(db, &fs)) {
		char size[TEXT_FIGURE];
		uint64_t room = (uint64_t)fs.f_bavail * fs.f_frsize;

		tell(doctor, N_("room"), room < LITTLE_ROOM ? CHECK_HINT : CHECK_GOOD,
		     _("%s are free where the database lies"), text_size(size, room, doctor->options->si));
	}
	buf_free(&path);
}

/* ---- limits ---- */

/* The number in a file of /proc, or 0. */
static uint64_t read_number(const char *path)
{
	unsigned long long n = 0;
	FILE *file = fopen(path, "r");

	if (file) {
		if (fscanf(file, "%llu", &n) != 1)
			n = 0;
		fclose(file);
	}
	return n;
}

/* The smaller of the two: the limit of the system, and that of a user namespace. */
static uint64_t limit_of(const char *system, const char *namespace)
{
	uint64_t a = read_number(system), b = read_number(namespace);

	return b && b < a ? b : a;
}

/* Watches of one descriptor. */
static uint64_t count_watches(int fdinfo, const char *name)
{
	char line[256];
	uint64_t n = 0;
	int fd = openat(fdinfo, name, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (!file) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	while (fgets(line, sizeof(line), file))
		n += !strncmp(line, "inotify wd:", 11);
	fclose(file);
	return n;
}

/* inotify instances and watches of one process of ours. */
static void count_process(const char *pid, uint64_t *instances, uint64_t *watches)
{
	char path[64], target[64];

	snprintf(path, sizeof(path), "/proc/%.16s/fd", pid);
	DIR *fds = opendir(path);

	snprintf(path, sizeof(path), "/proc/%.16s/fdinfo", pid);
	int fdinfo = fds ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	for (struct dirent *entry; fds && (entry = readdir(fds));) {
		ssize_t n = readlinkat(dirfd(fds), entry->d_name, target, sizeof(target) - 1);

		if (n <= 0)
			continue;
		target[n] = '\0';
		if (strcmp(target, "anon_inode:inotify") != 0)
			continue;
		++*instances;
		if (fdinfo >= 0)
			*watches += count_watches(fdinfo, entry->d_name);
	}
	if (fdinfo >= 0)
		close(fdinfo);
	if (fds)
		closedir(fds);
}

static void count_ours(uint64_t *instances, uint64_t *watches)
{
	DIR *processes = opendir("/proc");
	struct stat st;

	*instances = *watches = 0;
	for (struct dirent *entry; processes && (entry = readdir(processes));)
		if (isdigit((unsigned char)entry->d_name[0]) && !fstatat(dirfd(processes), entry->d_name, &st, 0) &&
		    st.st_uid == geteuid())
			count_process(entry->d_name, instances, watches);
	if (processes)
		closedir(processes);
}

/* Snapshots that some wrong clock has dated. */
static void check_dates(struct doctor *doctor, struct store *store)
{
	struct snapshot_list list = {0};
	char when[TEXT_FIGURE];

	if (snapshot_list(store, NULL, NULL, NULL, &list, NULL))
		return;
	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].doubtful_date)
			tell(doctor, N_("history"), CHECK_HINT,
			     _("#%lld is dated %s, which does not fit the order of its neighbours: a clock was"
			       " wrong; `disktracker forget %lld` removes it"),
			     (long long)list.items[i].id, text_time(when, list.items[i].finished_at),
			     (long long)list.items[i].id);
	snapshot_list_clear(&list);
}

/* Folders of the largest tree that was scanned here. */
static uint64_t most_folders(struct store *store)
{
	struct snapshot_list list = {0};
	uint64_t most = 0;

	if (snapshot_list(store, NULL, store_host(), NULL, &list, NULL))
		return 0;
	for (size_t i = 0; i < list.count; i++) {
		uint64_t folders = list.items[i].total_items - list.items[i].total_files + 1;

		if (!*list.items[i].source && folders > most)
			most = folders;
	}
	snapshot_list_clear(&list);
	return most;
}

static void check_limits(struct doctor *doctor, uint64_t folders)
{
	char a[TEXT_FIGURE], b[TEXT_FIGURE];
	uint64_t most_watches = limit_of("/proc/sys/fs/inotify/max_user_watches", "/proc/sys/user/max_inotify_watches");
	uint64_t most_instances = limit_of("/proc/sys/fs/inotify/max_user_instances",
	                                   "/proc/sys/user/max_inotify_instances");
	uint64_t instances, watches;
	struct rlimit files;

	count_ours(&instances, &watches);
	tell(doctor, N_("limits"), watches >= most_watches / 10 * 9 ? CHECK_HINT : CHECK_GOOD,
	     _("%s of %s watches in use (fs.inotify.max_user_watches)"), text_count(a, watches),
	     text_count(b, most_watches));
	if (folders > most_watches / 10 * 9)
		tell(doctor, N_("limits"), CHECK_HINT,
		     _("the largest tree has %s folders: to follow all of it, raise fs.inotify.max_user_watches to %s"),
		     text_count(a, folders), text_count(b, folders + folders / 4));
	tell(doctor, N_("limits"), instances >= most_instances ? CHECK_HINT : CHECK_GOOD,
	     _("%s of %s users of inotify (fs.inotify.max_user_instances)"), text_count(a, instances),
	     text_count(b, most_instances));
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		bool few = files.rlim_cur < 256;

		tell(doctor, N_("limits"), few ? CHECK_HINT : CHECK_GOOD, _("%s files may be open at once (ulimit -n)"),
		     files.rlim_cur == RLIM_INFINITY ? "∞" : text_count(a, files.rlim_cur));
	}
}

/* Does following need watches at all? */
static void check_fanotify(struct doctor *doctor)
{
	struct notify_options options = {.backend = NOTIFY_FANOTIFY,
	                                 .root = "/",
	                                 .share_percent = 50,
	                                 .dirty = dirty_create(0, -1)};
	struct notify *notify = NULL;
	struct err err = {{0}};

	if (!options.dirty || notify_start(&options, &notify, &err))
		tell(doctor, N_("limits"), CHECK_GOOD, _("inotify tells of changes (%s)"),
		     options.dirty ? err.text : _("out of memory"));
	else
		tell(doctor, N_("limits"), CHECK_GOOD, "%s",
		     _("fanotify tells of changes on /: no watches are needed there"));
	notify_stop(notify);
	dirty_destroy(options.dirty);
}

/* ---- all of it ---- */

/* Stays NULL when there is no database. */
static int open_database(struct doctor *doctor, struct store **out, struct err *err)
{
	const char *what = N_("database");
	struct buf path = {0}, safe = {0};
	int rc = store_default_path(doctor->options->db, &path);

	*out = NULL;
	if (!rc && access(path.data, F_OK) && errno == ENOENT) {
		tell(doctor, what, CHECK_GOOD, _("there is none yet: %s"), output_safe(&safe, path.data));
	} else {
		rc = database_open(doctor->options, doctor->options->repair, out, err);
		if (rc)
			found(doctor, what, CHECK_WRONG, err->text);
	}
	buf_free(&path);
	buf_free(&safe);
	return rc;
}

static void examine(struct doctor *doctor, struct err *err)
{
	struct buf safe = {0};
	char size[TEXT_FIGURE];
	uint64_t folders = 0;
	struct store *store;
	int rc;

	if (!open_database(doctor, &store, err) && store) {
		tell(doctor, N_("database"), CHECK_GOOD, "%s, %s", output_safe(&safe, store_path(store)),
		     text_size(size, store_bytes(store), doctor->options->si));
		rc = check_database(store, doctor->options->full, found, doctor, err);
		if (!rc)
			rc = check_indexes(store, doctor->options->repair, found, doctor, err);
		if (rc)
			found(doctor, N_("database"), CHECK_WRONG, err->text);
		check_dates(doctor, store);
		check_permissions(doctor, store_path(store));
		folders = most_folders(store);
	}
	store_close(store);
	buf_free(&safe);
	check_limits(doctor, folders);
	check_fanotify(doctor);
}

static int run(const struct options *options)
{
	const struct table_column columns[] = {{_("state"), false}, {_("what"), false}, {_("finding"), false}};
	struct doctor doctor = {.options = options};
	struct buf text = {0};
	struct err err = {{0}};
	int status;

	if (options->json) {
		document_object(&doctor.json, NULL);
		document_int(&doctor.json, "schema", 1);
		document_array(&doctor.json, "findings");
	} else {
		table_begin(&doctor.table, columns, sizeof(columns) / sizeof(*columns));
	}
	examine(&doctor, &err);
	if (options->json) {
		document_end_array(&doctor.json);
		document_bool(&doctor.json, "healthy", !doctor.wrong);
		document_end_object(&doctor.json);
		status = output_json(&doctor.json);
	} else {
		table_finish(&doctor.table, options_color(options, STDOUT_FILENO), &text);
		status = output_text(&text);
	}
	return status == STATUS_DONE && doctor.wrong ? STATUS_FAILED : status;
}

const struct command cmd_doctor = {
	.name = "doctor",
	.words = "",
	.summary = N_("Check database, indexes, permissions and limits"),
	.example = "disktracker doctor --repair",
	.place = IN_DOCTOR,
	.run = run,
};
