/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef BASE_ERR_H
#define BASE_ERR_H

/** A sentence for a person: what failed, the path it concerns, what to do next.  No trailing full stop or newline. */
struct err {
	char text[1024];
};

/**
 * Write the sentence and hand the code back, so that a failing function ends with `return err_set(err, -EIO, "...")`.
 * `err` may be NULL: the code alone is then the answer.  A sentence already there is overwritten.
 * Bytes of a file name in the arguments must have been made safe by text_safe().
 */
int err_set(struct err *err, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** -ENOMEM, with its sentence. */
int err_no_memory(struct err *err);

#endif
