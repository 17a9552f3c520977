/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of file systems (V), without disks: how it looks, and what its keys do. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/figure.h"
#include "golden.h"
#include "ui/model/model_volumes.h"
#include "ui_session.h"

#define GIB (INT64_C(1) << 30)
#define MIB (INT64_C(1) << 20)
#define DAY 86400

static struct session_ui session;

static void setup(void)
{
	setenv("DISKTRACKER_TEST_TIME", "1763716440", 1);
	setenv("TZ", "UTC", 1);
}

TestSuite(ui_volumes, .init = setup);

static struct volume_entry entry(const char *point, const char *source, const char *type, enum fs_kind kind)
{
	return (struct volume_entry){
		.point = alloc_text(point),
		.source = alloc_text(source),
		.type = alloc_text(type),
		.kind = kind,
		.local = kind == FS_DISK || kind == FS_MEMORY,
	};
}

/* Open V, and put what it shows in the place of this machine's. */
static void open_list(int rows, int cols)
{
	session_open(&session, rows, cols, "file|4096\n", NULL);
	session_type(&session, "V");
	struct model *model = &session.model;

	cr_assert(model->volumes);
	volumes_free(&model->volumes->list);
	model->volumes->list.items = alloc_array(6, sizeof(struct volume_entry));
	model->volumes->list.count = 6;
	model->volumes->list.local = 4;
	struct volume_entry *items = model->volumes->list.items;

	items[0] = entry("/home", "/dev/sda2", "ext4", FS_DISK);
	items[0].known = true;
	items[0].usage = (struct file_system_usage){
		.size_bytes = 1000 * GIB,
		.used_bytes = 9312 * GIB / 10,
		.available_bytes = 581 * GIB / 10,
		.inodes = 1000,
		.inodes_used = 210,
		.inodes_available = 790,
	};
	items[1] = entry("/", "/dev/sda1", "ext4", FS_DISK);
	items[1].known = true;
	items[1].usage = (struct file_system_usage){
		.size_bytes = 60 * GIB,
		.used_bytes = 41 * GIB,
		.available_bytes = 17 * GIB,
		.inodes = 100,
		.inodes_used = 9,
		.inodes_available = 91,
	};
	items[2] = entry("/srv/a\x1b[31m\xff" "b", "/dev/sdb1", "btrfs", FS_DISK);
	items[2].known = true;
	items[2].usage = (struct file_system_usage){.size_bytes = GIB,
	                                            .used_bytes = 300 * MIB,
	                                            .available_bytes = 700 * MIB};
	items[3] = entry("/mnt/slow", "/dev/sdc1", "ext4", FS_DISK);
	items[4] = entry("/nas", "nas:/export", "nfs4", FS_NETWORK);
	items[5] = entry("/far", "ana@host:", "fuse.sshfs", FS_FUSE);
	model->volumes->waiting = 1;
	model->volumes->grown = true;
	free(model->volumes->growth);
	model->volumes->growth = alloc_array(4, sizeof(struct volume_growth));
	model->volumes->growth[0] = (struct volume_growth){41, SESSION_NOW - 3 * DAY, 291 * GIB / 10, false, 13};
	model->volumes->growth[1] = (struct volume_growth){40, SESSION_NOW - 4 * DAY, 210 * MIB, true, -1};
	model->volumes->growth[2] = (struct volume_growth){39, SESSION_NOW - 4 * DAY, -12 * MIB, false, -1};
	model->volumes->growth[3] = (struct volume_growth){.bytes = FIGURE_UNKNOWN, .full_in_days = -1};
	session_type(&session, "<Home>");
}

static void close_list(void)
{
	session_close(&session);
}

static void look(int rows, int cols, const char *name)
{
	open_list(rows, cols);
	golden_check(name, session_screen(&session));
	close_list();
}

Test(ui_volumes, at_every_size)
{
	look(24, 80, "volumes-80x24");
	look(16, 60, "volumes-60x16");
	look(6, 40, "volumes-40x6");
	look(50, 200, "volumes-200x50");
	open_list(24, 80);
	golden_check("volumes-roles", session_roles(&session));
	close_list();
}

Test(ui_volumes, the_line_below_says_what_growth_is_against)
{
	open_list(24, 80);
	cr_expect(strstr(session_row(&session, 22), "since the newest snapshot of that root, 3 d"));
	session_type(&session, "<Down>");
	cr_expect(strstr(session_row(&session, 22), "up to the newest snapshot of that root, 4 d ago"));
	session_type(&session, "<End><Up><Up>");
	cr_expect(strstr(session_row(&session, 22), "no snapshot holds it"));
	close_list();
}

/* The cursor stays on its place when the list is sorted anew. */
Test(ui_volumes, the_cursor_stays_on_its_place)
{
	open_list(24, 80);
	session_type(&session, "<Down><Down><Down>");
	session.model.volumes->list.items[3].known = true;
	session.model.volumes->list.items[3].usage.used_bytes = 2000 * (uint64_t)GIB;
	volumes_sort(&session.model.volumes->list);
	session.model.generation++;
	session_screen(&session);
	cr_expect(strstr(session_row(&session, 2), "/mnt/slow"));
	session_type(&session, "<Enter>");
	cr_assert(session.model.again);
	cr_expect_str_eq(session.model.again_path, "/mnt/slow");
	free(session.model.again_path);
	close_list();
}

Test(ui_volumes, enter_opens_what_answers)
{
	open_list(24, 80);
	session_type(&session, "<End><Up>");
	session_type(&session, "<Enter>");
	cr_expect_not(session.model.again, "nobody knows whether it answers");
	cr_expect(strstr(session_row(&session, 22), "it may not answer: leave, and open it with disktracker /nas"),
	          "%s", session_row(&session, 22));
	session_type(&session, "<Home>");
	session.model.save = SAVE_RUNNING;
	session_type(&session, "<Enter>");
	cr_expect_not(session.model.again);
	cr_expect(strstr(session_row(&session, 22), "being saved"));
	session.model.save = SAVE_NONE;
	session.model.scanning = true;
	session.model.progress.elapsed_ns = INT64_C(60000000000);
	session_type(&session, "<Enter>");
	cr_expect_not(session.model.again, "it asks first");
	cr_expect(strstr(session_screen(&session), "The scan has not ended"));
	session_type(&session, "<Enter>");
	cr_expect_not(session.model.again, "the first button stays");
	session_type(&session, "<Enter><Right>");
	cr_expect(session_type(&session, "<Enter>") & REACT_QUIT);
	cr_assert(session.model.again);
	cr_expect_str_eq(session.model.again_path, "/home");
	free(session.model.again_path);
	session.model.again_path = NULL;
	session.model.again = session.model.scanning = false;
	close_list();
}

Test(ui_volumes, v_and_q_close_it)
{
	open_list(24, 80);
	session_type(&session, "V");
	cr_expect_eq(session.screens.count, 1);
	session_type(&session, "V");
	cr_expect_eq(session.screens.count, 2);
	session_type(&session, "q");
	cr_expect_eq(session.screens.count, 1);
	cr_expect_eq(session.model.quit_status, -1);
	close_list();
}
