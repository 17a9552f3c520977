/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include "base/path.h"

Test(path, below)
{
	cr_expect_str_eq(path_below("/a/b", "/a"), "b");
	cr_expect_str_eq(path_below("/a/b", "/a/"), "b", "a slash at the end of the root does not count");
	cr_expect_str_eq(path_below("/a/b/c", "/"), "a/b/c");
	cr_expect_str_eq(path_below("/", "/"), "");
	cr_expect_str_eq(path_below("/a", "/a"), "");
	cr_expect_str_eq(path_below("a/b", "a"), "b", "an import may have a root of its own");
	cr_expect_null(path_below("/ana", "/an"), "whole components");
	cr_expect_null(path_below("/a", "/a/b"));
	cr_expect_null(path_below("a", "/"));
}
