/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened (L in details): pictures, and what its keys do, in a session made by hand. */
#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "golden.h"
#include "ui/model/model_log.h"
#include "ui/screens/layers.h"
#include "ui/screens/log_text.h"

#define NOW 1796029924 /* 2026-11-30 09:12:04 UTC */
#define KIB ((uint64_t)1 << 10)
#define MIB ((uint64_t)1 << 20)

static struct model model;
static struct screens screens;

static const struct log_entry entries[] = {
	{NOW, LOG_MODIFY, false, true, 1100 * MIB, 1100 * MIB + 318361 * KIB, (char *)"/var/log/nginx/access.log", NULL,
         (char *)"nginx.service"},
	{NOW - 9, LOG_GROW, true, true, 5 * MIB, 9 * MIB, (char *)"/var/log/nginx", NULL, NULL},
	{NOW - 60, LOG_OVERFLOW, true, false, 0, 0, (char *)"/var", NULL, NULL},
	{NOW - 10023, LOG_RENAME, false, true, 812 * MIB, 812 * MIB, (char *)"/var/log/nginx/access.log.1",
         (char *)"/var/log/nginx/access.log", (char *)"logrotate"},
	{NOW - 10023, LOG_DELETE, false, true, 671298 * KIB, 0, (char *)"/var/log/nginx/access.log.9.gz", NULL,
         (char *)"logrotate"},
	{NOW - 10024, LOG_CREATE, true, true, 0, 4 * KIB,
         (char *)"/var/log/nginx/\xe6\x97\xa5\xe6\x9c\xac \x1b[31m\xff", NULL,
         (char *)"bash, cp, docker-0123456789ab.scope, nginx.service"},
	{NOW - 20000, LOG_DELETE, false, true, 0, 0, (char *)"/var/log/nginx/empty", NULL, (char *)"gone (812)"},
	{NOW - 30000, LOG_MODIFY, false, true, 4096, 4096,
         (char *)"/var/log/nginx/a/very/long/way/down/to/a/file/that/has/a/name/of/some/length.log", NULL,
         (char *)"rsync"},
	{NOW - 40000, LOG_RENAME, true, true, 1, 1, (char *)"/var/log/nginx/here", (char *)"/srv/elsewhere", NULL},
	{NOW - 50000, LOG_CREATE, true, true, 0, 8 * KIB, (char *)"/var/log", NULL, (char *)"mkdir"},
};

static void begin(int rows, int cols)
{
	char now[32];

	snprintf(now, sizeof(now), "%d", NOW);
	setenv("DISKTRACKER_TEST_TIME", now, 1);
	setenv("TZ", "UTC0", 1);
	tzset();
	setlocale(LC_CTYPE, "C.UTF-8");
	memset(&model, 0, sizeof(model));
	memset(&screens, 0, sizeof(screens));
	model.rows = rows;
	model.cols = cols;
	model.wake_fd = -1;
	model.worker = (struct worker *)&model; /* there is one: nobody asks it */
	screens.model = &model;
}

static void end(void)
{
	screens_clear(&screens);
	model_drop_log(&model);
}

/* Open the screen; what the store answers is put in its place. */
static void open_on(size_t count, bool followed)
{
	cr_assert_eq(log_open(&screens, "/var/log/nginx"), 0);
	model.log = alloc_zero(struct model_log);
	model.log->path = alloc_text("/var/log/nginx");
	model.log->ready = true;
	model.log->followed = followed;
	model.log->list.items = alloc_array(count + 1, sizeof(struct log_entry));
	for (size_t i = 0; i < count; i++) {
		struct log_entry *entry = &model.log->list.items[i];

		*entry = entries[i];
		entry->path = alloc_text(entry->path);
		entry->old_path = entry->old_path ? alloc_text(entry->old_path) : NULL;
		entry->by = entry->by ? alloc_text(entry->by) : NULL;
	}
	model.log->list.count = count;
}

static const char *shown(void)
{
	static struct buf text;

	screens_update(&screens, 1);
	cr_assert_eq(screens_paint(&screens), 0);
	buf_clear(&text);
	cr_assert_eq(canvas_print(&screens.canvas, &text), 0);
	return text.data;
}

static unsigned key(uint32_t code)
{
	unsigned reactions = screens_handle(&screens, &(struct input){.kind = INPUT_KEY, .key = code});

	if (screens.count)
		shown();
	return reactions;
}

#define ALL (sizeof(entries) / sizeof(*entries))

static void picture(int rows, int cols, bool ascii, const char *name)
{
	begin(rows, cols);
	screens.canvas.ascii = model.ascii = ascii;
	open_on(ALL, true);
	golden_check(name, shown());
	end();
}

Test(log_screen, pictures)
{
	picture(24, 80, false, "log-80x24");
	picture(16, 60, false, "log-60x16");
	picture(6, 40, false, "log-40x6");
	picture(50, 200, false, "log-200x50");
	picture(11, 80, true, "log-80x11-ascii");
}

Test(log_screen, roles)
{
	static struct buf text;

	begin(16, 80);
	open_on(ALL, true);
	shown();
	cr_assert_eq(canvas_print_roles(&screens.canvas, &text), 0);
	golden_check("log-roles", text.data);
	buf_free(&text);
	end();
}

Test(log_screen, keys)
{
	begin(9, 80);
	open_on(ALL, true);
	key(IN_DOWN);
	key('j');
	cr_expect(strstr(shown(), "last 24 hours"));
	key(IN_END);
	cr_expect(strstr(shown(), "/var/log/ (new)"), "%s", shown());
	cr_expect_null(strstr(shown(), "nginx.service"), "%s", shown());
	key(IN_HOME);
	cr_expect(strstr(shown(), "nginx.service"), "%s", shown());
	screens_handle(&screens, &(struct input){.kind = INPUT_WHEEL_DOWN});
	key('L');
	cr_expect_eq(screens.count, 0, "L closes it, as it opened it");
	end();
}

Test(log_screen, nothing_to_show)
{
	begin(24, 80);
	open_on(0, false);
	model.log->waits = true;
	cr_expect(strstr(shown(), "reading the log"), "%s", shown());
	model.log->waits = false;
	/* Nothing in the last day: all there is is asked for, and there is no store to answer. */
	model.worker = NULL;
	cr_expect(strstr(shown(), "no database is open"), "%s", shown());
	end();
	begin(24, 80);
	open_on(0, false);
	key(IN_TAB);
	model.log->waits = false;
	model.log->failed = false;
	cr_expect(strstr(shown(), "nobody has followed it so far"), "%s", shown());
	model.log->followed = true;
	cr_expect(strstr(shown(), "nothing was noted here"), "%s", shown());
	key(IN_TAB);
	model.log->failed = false;
	cr_expect(strstr(shown(), "nothing happened here in the last 24 hours"), "%s", shown());
	model.log->failed = true;
	cr_expect(strstr(shown(), "could not be read"), "%s", shown());
	end();
}

/* Any size, and names of any kind. */
Test(log_screen, any_size)
{
	for (int rows = 1; rows < 14; rows++)
		for (int cols = 1; cols < 130; cols += 3) {
			begin(rows, cols);
			open_on(ALL, true);
			for (size_t i = 0; i < ALL; i++) {
				shown();
				key(IN_DOWN);
			}
			end();
		}
}

Test(log_text, words)
{
	struct buf out = {0};
	char figure[TEXT_FIGURE];

	setlocale(LC_CTYPE, "C.UTF-8");
	log_text_what(&out, &entries[3], "/", false);
	cr_expect_str_eq(out.data, "var/log/nginx/access.log -> var/log/nginx/access.log.1");
	buf_clear(&out);
	log_text_what(&out, &(struct log_entry){.path = (char *)"/", .is_dir = true}, "/", false);
	cr_expect_str_eq(out.data, "/");
	buf_clear(&out);
	log_text_what(&out, &entries[1], "/var/log/nginx", false);
	cr_expect_str_eq(out.data, "nginx/");
	buf_free(&out);
	cr_expect_str_eq(log_text_change(figure, &(struct log_entry){.type = LOG_CREATE, .sized = true}, false),
	                 "created");
	cr_expect_str_eq(log_text_change(figure, &(struct log_entry){.type = LOG_MODIFY}, false), "changed");
	cr_expect_str_eq(log_text_change(figure, &(struct log_entry){.type = LOG_RESYNC}, false), "read again");
	cr_expect_str_eq(log_text_size(figure, &(struct log_entry){.type = LOG_MODIFY}, false), "");
	cr_expect_str_eq(
		log_text_change(figure, &(struct log_entry){.type = LOG_MODIFY, .sized = true, .new_bytes = UINT64_MAX},
	                        false),
		">+8.0 EiB");
}
