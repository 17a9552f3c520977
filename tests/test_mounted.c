/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A followed tree while file systems are mounted in it, over it, and away from under it: held to a fresh scan and to
 * `du`.  Each test in a mount namespace of its own, by both backends; file systems are tmpfs and ext4 on loop devices.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "disk.h"
#include "engine/tree/tree_state.h"
#include "engine/watch/watcher.h"
#include "nap.h"
#include "private_mounts.h"

struct mounted {
	enum notify_backend backend;
	char *folder;            /* everything is in it: the root `tree`, images */
	char *root;
	struct tree *tree;
	struct watcher *watcher;
	int64_t began_ns;
	int recheck_s;            /* 0 = never within a test: nothing is found by looking in turn */
	_Atomic bool gone;
};

static void note_gone(void *context)
{
	((struct mounted *)context)->gone = true;
}

static int run(const struct mounted *mounted, const char *script)
{
	struct buf command = {0};

	/* A batch may be under way, and keeps it busy for a moment. */
	buf_printf(
		&command,
		"umount() { n=0; until command umount \"$@\"; do [ $((n += 1)) -lt 600 ] || return 1; sleep 0.05;"
		" done; }; "
		"cd '%s' && { %s ; } >/dev/null 2>&1",
		mounted->folder, script);
	int status = system(command.data);

	buf_free(&command);
	return status;
}

static void shell(const struct mounted *mounted, const char *script)
{
	cr_assert_eq(run(mounted, script), 0, "%s", script);
}

static struct tree *scanned(const struct mounted *mounted, struct watcher *watcher)
{
	struct scan_options options = { .threads = 2, .wake_fd = -1, .counting.cross_fs = true };
	struct err err = {0};

	if (watcher)
		watcher_listen(watcher, &options);
	struct scan *scan = scan_start(mounted->root, &options, &err);

	cr_assert(scan, "%s", err.text);
	cr_assert(scan_wait(scan, -1));
	struct tree *tree = scan_take_tree(scan);

	scan_destroy(scan);
	return tree;
}

/* A namespace in which mounts are nobody else's. */
static void apart(struct mounted *mounted)
{
	*mounted = (struct mounted){ .backend = mounted->backend, .folder = disk_folder() };
	cr_assert(asprintf(&mounted->root, "%s/tree", mounted->folder) > 0);
	int result = private_mounts();

	if (result || mount(mounted->folder, mounted->folder, NULL, MS_BIND, NULL)) {
		rmdir(mounted->folder);
		cr_skip_test("no mount namespace: %s", strerror(result ? -result : errno));
	}
	shell(mounted,
	      "mkdir -p tree/a/b tree/c tree/d/e && echo x > tree/a/x && head -c 30000 /dev/zero > tree/c/y && head"
	      " -c 9000 /dev/zero > tree/d/e/z");
}

static void begin(struct mounted *mounted)
{
	const struct watcher_options options = {
		.backend = mounted->backend,
		.root = mounted->root,
		.share_percent = 90,
		.tick_ms = 5,
		.recheck_s = mounted->recheck_s ? mounted->recheck_s : 3600,
		.counting.cross_fs = true,
		.root_gone = note_gone,
		.context = mounted,
		.reuse_dirs = true,
		.wake_fd = -1,
	};
	struct err err = {0};
	int result = watcher_create(&options, &mounted->watcher, &err);

	if (result == -EPERM || result == -EOPNOTSUPP || result == -ENOSYS)
		cr_skip_test("%s", err.text);
	cr_assert_eq(result, 0, "%s", err.text);
	mounted->tree = scanned(mounted, mounted->watcher);
	cr_assert_eq(watcher_run(mounted->watcher, mounted->tree, &err), 0, "%s", err.text);
	mounted->began_ns = clock_mono_ns();
}

static void end(struct mounted *mounted)
{
	watcher_destroy(mounted->watcher);
	tree_destroy(mounted->tree);
	run(mounted, "command umount -R tree; command umount -R tree");
	while (!umount2(mounted->folder, MNT_DETACH))
		;
	disk_remove(mounted->folder);
	free(mounted->root);
}

static uint64_t total(const struct tree *tree)
{
	struct node root;

	tree_dir_node(tree, DIR_ROOT, &root);
	return root.alloc_bytes;
}

static bool equal(const struct tree *a, const struct tree *b)
{
	uint64_t x[2], y[2];

	tree_fingerprint(a, DIR_ROOT, x);
	tree_fingerprint(b, DIR_ROOT, y);
	return x[0] == y[0] && x[1] == y[1] && total(a) == total(b);
}

/* Wait until it equals a fresh scan; and `du`, which counts what is bound elsewhere again. */
static void becomes_true(struct mounted *mounted, const char *what, bool by_du)
{
	int64_t deadline = clock_mono_ns() + (int64_t)20 * 1000000000;

	for (bool done = false; !done;) {
		nap_us(10000);
		bool last = clock_mono_ns() > deadline;

		if (!watcher_quiet(mounted->watcher) && !last)
			continue;
		watcher_hold(mounted->watcher);
		struct tree *fresh = scanned(mounted, NULL);

		tree_sum(mounted->tree);
		done = equal(mounted->tree, fresh) || last;
		if (done) {
			cr_assert_eq(disk_compare(mounted->tree, fresh, false), 0, "%s: the tree stays wrong", what);
			cr_assert_eq(disk_consistent(mounted->tree), 0, "%s: the totals stay wrong", what);
			if (by_du)
				cr_assert_eq(total(mounted->tree), disk_du(mounted->root, ""), "%s", what);
		}
		tree_destroy(fresh);
		watcher_release(mounted->watcher);
	}
}

#define BOTH(name)                                                                                                     \
	static void name(struct mounted *mounted);                                                                     \
	Test(mounted, name, .timeout = 120)                                                                            \
	{                                                                                                              \
		name(&(struct mounted){.backend = NOTIFY_INOTIFY});                                                    \
	}                                                                                                              \
	Test(mounted, name##_by_fanotify, .timeout = 120)                                                              \
	{                                                                                                              \
		name(&(struct mounted){.backend = NOTIFY_FANOTIFY});                                                   \
	}                                                                                                              \
	static void name(struct mounted *mounted)

BOTH(below_the_root)
{
	static const struct {
		const char *script;
		bool by_du;
	} steps[] = {
		{"mount -t tmpfs none tree/c", true},
		{"head -c 700000 /dev/zero > tree/c/big; mkdir tree/c/sub", true},
		{"echo more > tree/c/sub/f; head -c 5000 /dev/zero >> tree/a/x", true},
		{"mount -t tmpfs none tree/c/sub", true},
		{"head -c 90000 /dev/zero > tree/c/sub/deep", true},
		{"mount -t tmpfs none tree/c && head -c 12345 /dev/zero > tree/c/top", true}, /* mounted over */
		{"mount -o remount,ro tree/c", true},
		{"mount -o remount,rw tree/c && head -c 54321 /dev/zero >> tree/c/top", true},
		/* what was covered is there again */
		{"umount tree/c", true},
		{"head -c 4096 /dev/zero >> tree/c/sub/deep", true},
		{"umount -R tree/c", true},
		{"echo y >> tree/c/y; mkdir tree/c/new && mount -t tmpfs none tree/c/new && echo z > tree/c/new/z",
	         true},
		/* another one in its place */
		{"umount tree/c/new && mount -t tmpfs none tree/c/new && head -c 8000 /dev/zero > tree/c/new/w", true},
		{"echo v >> tree/c/new/w", true},
		{"umount tree/c/new; rmdir tree/c/new", true},
		{"mount --bind tree/a tree/c", false}, /* counts once */
		{"echo more >> tree/a/x", false},
		{"umount tree/c", true},
		{"echo more >> tree/c/y", true},
		/* on itself: met once */
		{"mount --bind tree/d tree/d && echo more >> tree/d/e/z", true},
		{"mount --bind tree/d/e tree/d/e && head -c 9999 /dev/zero >> tree/d/e/z", true},
		{"umount tree/d/e; umount tree/d", true},
		{"mkdir outside && head -c 77777 /dev/zero > outside/o && mount --bind outside tree/d", true},
		{"echo more >> tree/d/o", true},
		{"umount -l tree/d; echo more >> outside/o; echo more >> tree/d/e/z", true},
		{"mount -t tmpfs none tree/c && mkdir tree/c/in && mount --bind tree/a tree/c/in", false},
		{"umount -R tree/c", true},
		{"mount -t tmpfs none tree/a/b && mkdir tree/a/b/m && mount --move tree/a/b tree/c && echo u >"
		 " tree/c/m/u",
	         true},
		/* held open, and yet not there any more */
		{"mount -t tmpfs none tree/c/m && exec 5<tree/c/m && umount -l tree/c", true},
	};

	/* Each step as it is seen while it happens, and as seen at once when it is over. */
	for (int at_once = 0; at_once < 2; at_once++) {
		apart(mounted);
		begin(mounted);
		for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
			if (at_once)
				watcher_hold(mounted->watcher);
			shell(mounted, steps[i].script);
			if (at_once)
				watcher_release(mounted->watcher);
			becomes_true(mounted, steps[i].script, steps[i].by_du);
		}
		cr_assert(!mounted->gone);
		end(mounted);
	}
}

/* On real disks; and what is mounted while the scan runs. */
BOTH(on_loop_devices)
{
	apart(mounted);
	if (run(mounted,
	        "truncate -s 8M img && mkfs.ext4 -q -F img && cp img other && mount -o loop img tree/c && mkdir"
	        " tree/c/in && head -c 300000 /dev/zero > tree/c/in/f && umount tree/c"))
		cr_skip_test("no loop devices");
	mounted->recheck_s = 1; /* blocks change at write-back */
	begin(mounted);
	shell(mounted, "mount -o loop img tree/c");
	becomes_true(mounted, "mounted", true);
	shell(mounted, "head -c 100000 /dev/zero > tree/c/in/g; sync");
	becomes_true(mounted, "written to", true);
	shell(mounted, "umount tree/c && mount -o loop other tree/c");
	becomes_true(mounted, "another of the same identity", true);
	shell(mounted, "head -c 100000 /dev/zero > tree/c/h; sync");
	becomes_true(mounted, "written to as well", true);
	shell(mounted, "umount tree/c");
	becomes_true(mounted, "unmounted", true);
	end(mounted);
}

BOTH(before_it_runs)
{
	struct err err = {0};
	const struct watcher_options options = {
		.backend = mounted->backend,
		.share_percent = 90,
		.tick_ms = 5,
		.recheck_s = 3600,
		.counting.cross_fs = true,
		.reuse_dirs = true,
		.wake_fd = -1,
	};
	struct watcher_options here = options;

	apart(mounted);
	here.root = mounted->root;
	int result = watcher_create(&here, &mounted->watcher, &err);

	if (result)
		cr_skip_test("%s", err.text);
	mounted->tree = scanned(mounted, mounted->watcher);
	shell(mounted, "mount -t tmpfs none tree/d && echo x > tree/d/x");
	cr_assert_eq(watcher_run(mounted->watcher, mounted->tree, &err), 0, "%s", err.text);
	becomes_true(mounted, "mounted behind the scan", true);
	end(mounted);
}

/* ---- the root ---- */

static enum root_fate becomes_gone(struct mounted *mounted, bool back)
{
	struct watcher_status status;

	for (int64_t deadline = clock_mono_ns() + (int64_t)30 * 1000000000;;) {
		watcher_status(mounted->watcher, &status);
		if ((status.fate != ROOT_THERE && status.back == back && mounted->gone) || clock_mono_ns() > deadline)
			break;
		nap_us(5000);
	}
	cr_assert_eq(status.back, back);
	cr_assert(status.gone_s > 0);
	return status.fate;
}

BOTH(the_root_goes)
{
	static const struct {
		const char *script;
		enum root_fate fate;
		const char *back;
	} ways[] = {
		{ "mv tree moved", ROOT_REMOVED, "mv moved tree" },
		{ "rm -rf tree", ROOT_REMOVED, "mkdir tree" },
		/* for a moment nothing is there */
		{ "mkdir other && touch other/x && mv tree moved && mv other tree", ROOT_REPLACED, NULL },
		{ "mount -t tmpfs none tree", ROOT_COVERED, NULL },
		{ "mount -t tmpfs none .", ROOT_REMOVED, "mkdir -p tree" },
		{ "umount tree", ROOT_UNMOUNTED, NULL },
		{ "umount -l tree", ROOT_UNMOUNTED, NULL },
	};
	enum notify_backend backend = mounted->backend;

	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		mounted->backend = backend;
		apart(mounted);
		if (ways[i].fate == ROOT_UNMOUNTED)
			shell(mounted, "mount -t tmpfs none tree && echo x > tree/x");
		begin(mounted);
		uint64_t before = total(mounted->tree);

		shell(mounted, ways[i].script);
		enum root_fate fate = becomes_gone(mounted, ways[i].fate != ROOT_REMOVED);

		cr_assert(fate == ways[i].fate || (ways[i].fate == ROOT_REPLACED && fate == ROOT_REMOVED), "%s",
		          ways[i].script);
		if (i != 1)
			cr_assert_eq(total(mounted->tree), before, "%s: it is as of then", ways[i].script);
		if (ways[i].back) {
			struct buf path = {0};

			/* Not by a shell in the folder, which may be covered. */
			buf_printf(&path, "cd '%s' && %s", mounted->folder, ways[i].back);
			cr_assert_eq(system(path.data), 0);
			buf_free(&path);
			becomes_gone(mounted, true);
		}
		end(mounted);
	}
}

/* A medium can be unmounted while it is followed. */
BOTH(nothing_is_kept_busy)
{
	apart(mounted);
	if (run(mounted,
	        "truncate -s 8M img && mkfs.ext4 -q -F img && mount -o loop img tree && mkdir -p tree/a/b && echo x"
	        " > tree/a/b/x"))
		cr_skip_test("no loop devices");
	begin(mounted);
	shell(mounted, "ln tree/a/b/x tree/a/y; echo more >> tree/a/y");
	becomes_true(mounted, "followed", true);
	shell(mounted, "umount tree");
	cr_assert_eq(becomes_gone(mounted, true), ROOT_UNMOUNTED);
	end(mounted);
}
