/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_PATH_H
#define BASE_PATH_H

/**
 * What follows `root` in a path at or below it, without a slash in front: "b" for /a/b in /a, "" for the root itself;
 * NULL when the path is not there.  Whole components count: /ana is not below /an.  Slashes at the end of `root` do
 * not, so "/" holds every absolute path.  Points into `path`.
 */
const char *path_below(const char *path, const char *root);

#endif
