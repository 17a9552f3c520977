/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the space of a disk is, on the screen (d in details): how it looks, and its keys; the real one is in
 * test_pty_mounted.c.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "golden.h"
#include "ui/screens/account_view.h"
#include "ui_session.h"

#define GIB (INT64_C(1) << 30)
#define MIB (INT64_C(1) << 20)

static struct session_ui session;

TestSuite(ui_account);

static void add(struct account *account, enum account_reason reason, const char *path, int64_t bytes, const char *by,
                pid_t pid)
{
	struct account_line *line = &account->lines[reason];

	line->entries = alloc_resize(line->entries, line->count + 1, sizeof(*line->entries));
	line->entries[line->count++] = (struct account_entry){
		.path = alloc_text(path),
		.bytes = bytes < 0 ? 0 : (uint64_t)bytes,
		.bytes_known = bytes >= 0,
		.by = by ? alloc_text(by) : NULL,
		.pid = pid,
	};
}

static struct account made(void)
{
	struct account account = {.unreadable = 12, .as_of = SESSION_NOW};
	struct mount_entry *mount = alloc_zero(struct mount_entry);

	*mount = (struct mount_entry){
		.id = 1,
		.root = alloc_text("/"),
		.point = alloc_text("/var"),
		.type = alloc_text("btrfs"),
		.source = alloc_text("/dev/mapper/vg-var"),
	};
	account.fs.table = (struct mount_table){mount, 1, 1};
	account.fs.mount = mount;
	account.fs.path = alloc_text("/var");
	account.fs.usage = (struct file_system_usage){
		.size_bytes = 100 * GIB,
		.used_bytes = 80 * GIB,
		.available_bytes = 15 * GIB,
		.reserved_bytes = 5 * GIB,
		.inodes = 100,
		.inodes_used = 40,
		.inodes_available = 60,
	};
	account.lines[ACCOUNT_TREE].bytes = 70 * GIB;
	account.lines[ACCOUNT_DELETED_OPEN].bytes = 9 * GIB;
	add(&account, ACCOUNT_DELETED_OPEN, "/var/log/nginx/access.log", 8 * GIB, "nginx.service", 812);
	add(&account, ACCOUNT_DELETED_OPEN, "/var/tmp/a\x1b[31m\xff" "b", GIB, "evil\nname", 9);
	add(&account, ACCOUNT_DELETED_OPEN, "/var/lib/image", -1, "loop3", 0);
	account.lines[ACCOUNT_DELETED_OPEN].partial = true;
	account.lines[ACCOUNT_HIDDEN].bytes = 2 * GIB;
	for (int i = 0; i < 10; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/var/mount-%d", i);
		add(&account, ACCOUNT_HIDDEN, path, 200 * MIB, NULL, 0);
	}
	account.lines[ACCOUNT_METADATA].bytes = GIB;
	account.lines[ACCOUNT_UNREADABLE].partial = true;
	add(&account, ACCOUNT_UNREADABLE, "/var/lib/private", -1, NULL, 0);
	account.lines[ACCOUNT_UNEXPLAINED].bytes = -2 * GIB;
	account.why = ACCOUNT_WHY_UNREADABLE | ACCOUNT_WHY_SHARED | ACCOUNT_WHY_HELD;
	return account;
}

static void open_view(int rows, int cols)
{
	struct account account = made();

	session_open(&session, rows, cols, "file|4096\n", NULL);
	struct account_view *view = account_view_create(&session.model, "/var", &account);

	cr_assert(view);
	cr_assert_eq(account_view_push(&session.screens, view), 0);
}

static void look(int rows, int cols, const char *name)
{
	open_view(rows, cols);
	golden_check(name, session_screen(&session));
	session_close(&session);
}

Test(ui_account, at_every_size)
{
	look(24, 80, "account-80x24");
	look(16, 60, "account-60x16");
	look(6, 40, "account-40x6");
	look(50, 200, "account-200x50");
	open_view(50, 80);
	golden_check("account-roles", session_roles(&session));
	session_close(&session);
}

/* What does not fit is scrolled to, up to the last line and no further. */
Test(ui_account, it_is_scrolled)
{
	open_view(16, 60);
	for (int i = 0; i < 100; i++)
		session_type(&session, "<Down>");
	cr_expect(strstr(session_screen(&session), "take less than they show"));
	cr_expect_not(strstr(session_screen(&session), "used of"));
	session_type(&session, "<Up>");
	for (int i = 0; i < 100; i++)
		session_type(&session, "<Up>");
	cr_expect(strstr(session_screen(&session), "80.0 GiB used of 100.0 GiB (85%)"));
	session_close(&session);
}

Test(ui_account, keys_that_close_it)
{
	static const char *const keys[] = {"d", "i", "q", "<Esc>", "<Enter>"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		open_view(24, 80);
		cr_expect_eq(session.screens.count, 2);
		session_type(&session, keys[i]);
		cr_expect_eq(session.screens.count, 1, "%s", keys[i]);
		session_close(&session);
	}
}

/* An export is of another machine, or another time. */
Test(ui_account, an_export_has_no_disk)
{
	session_open(&session, 24, 80, "file|4096\n", NULL);
	session.start.tree_name = "export.json";
	session_type(&session, "id");
	cr_expect_eq(session.screens.count, 2);
	cr_expect(strstr(session.model.message, "not on this machine now"), "%s", session.model.message);
	session_close(&session);
}
