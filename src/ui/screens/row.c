/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/screens/row.h"

const char *trust_mark(enum trust trust)
{
	static const char *const marks[] = {"", "~", "…", "?"};

	return marks[trust];
}

int trust_paint(struct canvas *canvas, int row, int col, enum trust trust)
{
	enum role role = trust == TRUST_PARTIAL ? ROLE_PARTIAL : trust == TRUST_OLD ? ROLE_STALE : ROLE_UNKNOWN;

	return canvas_text(canvas, row, col, role, "%s", trust_mark(trust));
}
