/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef UI_TERM_THEME_H
#define UI_TERM_THEME_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What a cell means, and how each theme shows it.  Colour is never the only carrier: every role also has its sign,
 * letter or place.
 *   role, letter in goldens
 */
#define UI_ROLES(X)                                                                                                    \
	X(TEXT, '.')                                                                                                   \
	X(TITLE, 't')                                                                                                  \
	X(HEAD, 'h')                                                                                                   \
	X(DIR, 'd')                                                                                                    \
	X(FILE, 'f')                                                                                                   \
	X(SIZE, 's')                                                                                                   \
	X(UNIT, 'i')                                                                                                   \
	X(BAR, 'b')                                                                                                    \
	X(GROW, 'g')                                                                                                   \
	X(SHRINK, 'k')                                                                                                 \
	X(NEW, 'n')                                                                                                    \
	X(GONE, 'x')                                                                                                   \
	X(MOVED, 'm')                                                                                                  \
	X(LIVE, 'l')                                                                                                   \
	X(STALE, 'o')                                                                                                  \
	X(PARTIAL, 'p')                                                                                                \
	X(UNKNOWN, 'u')                                                                                                \
	X(FLAG, 'a')                                                                                                   \
	X(WARN, 'w')                                                                                                   \
	X(MARK, 'r')                                                                                                   \
	X(KEY, 'y')                                                                                                    \
	X(CURSOR, 'c')

enum role {
#define X(id, letter) ROLE_##id,
	UI_ROLES(X)
#undef X
		ROLE_COUNT,
};

enum ui_theme {
	THEME_AUTO,
	THEME_DARK,
	THEME_DARK_BG,
	THEME_LIGHT,
	THEME_HIGH_CONTRAST,      /* on black, whatever the terminal's background */
	THEME_COLOUR_BLIND,       /* orange and blue for red and green; on a dark background, */
	THEME_COLOUR_BLIND_LIGHT, /* and on a light one */
	THEME_OFF,
};

enum theme_attr { STYLE_BOLD = 1 << 0, STYLE_DIM = 1 << 1, STYLE_REVERSE = 1 << 2, STYLE_UNDERLINE = 1 << 3 };

/** Colours: -1 = the terminal's own, 0…15 its palette, 16…255 xterm's cube and greys. */
struct theme_style {
	short fg, bg;
	unsigned attrs;  /* enum theme_attr */
	short cursor_fg; /* in the cursor's row, whose background is ROLE_CURSOR's; of no meaning where that row is
	                        reverse */
};

/** The style of a role, with 256 colours or with the terminal's 16.  Any thread; constant. */
const struct theme_style *theme_style(enum ui_theme theme, bool many_colours, enum role role);

/** The theme to use: `auto` becomes `off` when NO_COLOR is set and not empty; what was asked for by name stays
 * (https://no-color.org). */
enum ui_theme theme_choose(enum ui_theme wanted);

/** Is it another one on another background? */
bool theme_depends(enum ui_theme wanted);

/** What was wanted, on a background for which THEME_DARK or THEME_LIGHT would be right. */
enum ui_theme theme_on(enum ui_theme wanted, enum ui_theme background);

/** `auto` with 256 colours: which theme suits a background. */
enum ui_theme theme_for_background(uint32_t rgb);

/** The same from COLORFGBG ("15;0"), which some terminals set; THEME_AUTO = it says nothing. */
enum ui_theme theme_from_environment(const char *colorfgbg);

/** 0xRRGGBB of a colour 16…255. */
uint32_t theme_rgb(int colour);

char theme_letter(enum role role);

#endif
