/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command gives back on file systems whose files share their blocks. */
#include <criterion/criterion.h>

#include "volume.h"

static void check(const char *kind, unsigned mib, const char *options)
{
	struct volume volume;

	if (!volume_make(&volume, kind, mib, options))
		cr_skip_test("%s", volume.reason);
	cr_assert_eq(volume_shell(&volume, "cd at && mkdir -p home/.cache/pip home/.cache/go-build home/keep &&"
	                                   "head -c 8M /dev/urandom >home/.cache/pip/a &&"
	                                   "head -c 4M /dev/urandom >home/.cache/go-build/b && sync"),
	             0);
	if (volume_shell(&volume, "cp --reflink=always at/home/.cache/pip/a at/home/keep/a && sync")) {
		volume_end(&volume);
		cr_skip_test("no reflinks here");
	}
	cr_assert_eq(volume_shell(&volume, "export HOME=$PWD/at/home DISKTRACKER_DB=$PWD/data.db;"
	                                   "unset XDG_CACHE_HOME XDG_CONFIG_HOME;"
	                                   "\"$top_builddir\"/disktracker scan at/home >/dev/null 2>&1;"
	                                   "\"$top_builddir\"/disktracker free 3M at/home >said;"
	                                   "grep -q '4.0 MiB found' said && ! grep -q 'pip cache' said"),
	             0, "blocks that another file holds do not come back");
	cr_assert_eq(volume_shell(&volume,
	                          "export HOME=$PWD/at/home DISKTRACKER_DB=$PWD/data.db;"
	                          "rm at/home/keep/a && sync;"
	                          "\"$top_builddir\"/disktracker scan at/home >/dev/null 2>&1;"
	                          "\"$top_builddir\"/disktracker free 3M at/home | grep -q '8.0 MiB .*pip cache'"),
	             0, "the last one's do");
	volume_end(&volume);
}

Test(cli_free, blocks_shared_on_btrfs)
{
	check("btrfs", 200, NULL);
}

Test(cli_free, blocks_shared_on_xfs)
{
	check("xfs", 320, NULL);
}
