/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TESTS_GOLDEN_H
#define TESTS_GOLDEN_H

/**
 * Compare a text with tests/golden/NAME.txt of the source tree; a difference fails the test and shows both.
 * With DISKTRACKER_UPDATE_GOLDENS=1 in the environment the file is written instead: look at `git diff` before believing
 * it.
 */
void golden_check(const char *name, const char *text);

/** From here on this test hears that language, of po/; it is skipped where there is no gettext. */
void golden_speak(const char *language);

#endif
