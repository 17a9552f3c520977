/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/term/theme.h"

#include <stdlib.h>
#include <string.h>

/* clang-format off */
enum {
	DEFAULT = -1, BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE,
	GREY, BRIGHT_RED, BRIGHT_GREEN, BRIGHT_YELLOW, BRIGHT_BLUE, BRIGHT_MAGENTA, BRIGHT_CYAN, BRIGHT_WHITE,
};

/*
 * With the terminal's 16 colours, whatever it shows for them.  Growth alone is red.  Colours of the dark themes are the
 * bright ones, which are readable on black; the light theme avoids yellow and cyan on white where it can; no bar is
 * blue on black.  The cursor's row is reverse.
 */
#define FEW_DARK(background, text)                                      \
	{                                                               \
		[ROLE_TEXT] = {text, background, 0},                    \
		[ROLE_TITLE] = {BLACK, CYAN, 0},                        \
		[ROLE_HEAD] = {BRIGHT_CYAN, background, 0},             \
		[ROLE_DIR] = {BRIGHT_CYAN, background, STYLE_BOLD},     \
		[ROLE_FILE] = {text, background, 0},                    \
		[ROLE_SIZE] = {BRIGHT_WHITE, background, 0},            \
		[ROLE_UNIT] = {text, background, STYLE_DIM},            \
		[ROLE_BAR] = {CYAN, background, 0},                     \
		[ROLE_GROW] = {BRIGHT_RED, background, 0},              \
		[ROLE_SHRINK] = {BRIGHT_GREEN, background, 0},          \
		[ROLE_NEW] = {BRIGHT_WHITE, background, STYLE_BOLD},    \
		[ROLE_GONE] = {text, background, STYLE_DIM},            \
		[ROLE_MOVED] = {BRIGHT_MAGENTA, background, 0},         \
		[ROLE_LIVE] = {BRIGHT_CYAN, background, 0},             \
		[ROLE_STALE] = {text, background, STYLE_DIM},           \
		[ROLE_PARTIAL] = {text, background, STYLE_DIM},         \
		[ROLE_UNKNOWN] = {BRIGHT_MAGENTA, background, 0},       \
		[ROLE_FLAG] = {BRIGHT_MAGENTA, background, 0},          \
		[ROLE_WARN] = {BRIGHT_YELLOW, background, 0},           \
		[ROLE_MARK] = {BRIGHT_MAGENTA, background, STYLE_BOLD}, \
		[ROLE_KEY] = {BRIGHT_CYAN, background, 0},              \
		[ROLE_CURSOR] = {text, background, STYLE_REVERSE},      \
	}

/* A palette has no orange: yellow is next to it.  Bars are plain, so that nothing else has these colours. */
#define FEW_BLIND                                                      \
	{                                                              \
		[ROLE_TEXT] = {DEFAULT, DEFAULT, 0},                   \
		[ROLE_TITLE] = {DEFAULT, DEFAULT, STYLE_REVERSE},      \
		[ROLE_HEAD] = {DEFAULT, DEFAULT, STYLE_BOLD},          \
		[ROLE_DIR] = {DEFAULT, DEFAULT, STYLE_BOLD},           \
		[ROLE_FILE] = {DEFAULT, DEFAULT, 0},                   \
		[ROLE_SIZE] = {DEFAULT, DEFAULT, 0},                   \
		[ROLE_UNIT] = {DEFAULT, DEFAULT, STYLE_DIM},           \
		[ROLE_BAR] = {DEFAULT, DEFAULT, 0},                    \
		[ROLE_GROW] = {YELLOW, DEFAULT, STYLE_BOLD},           \
		[ROLE_SHRINK] = {CYAN, DEFAULT, 0},                    \
		[ROLE_NEW] = {DEFAULT, DEFAULT, STYLE_BOLD},           \
		[ROLE_GONE] = {DEFAULT, DEFAULT, STYLE_DIM},           \
		[ROLE_MOVED] = {DEFAULT, DEFAULT, STYLE_UNDERLINE},    \
		[ROLE_LIVE] = {DEFAULT, DEFAULT, STYLE_UNDERLINE},     \
		[ROLE_STALE] = {DEFAULT, DEFAULT, STYLE_DIM},          \
		[ROLE_PARTIAL] = {DEFAULT, DEFAULT, STYLE_DIM},        \
		[ROLE_UNKNOWN] = {DEFAULT, DEFAULT, STYLE_BOLD},       \
		[ROLE_FLAG] = {DEFAULT, DEFAULT, STYLE_BOLD},          \
		[ROLE_WARN] = {DEFAULT, DEFAULT, STYLE_BOLD},          \
		[ROLE_MARK] = {DEFAULT, DEFAULT, STYLE_BOLD},          \
		[ROLE_KEY] = {DEFAULT, DEFAULT, STYLE_BOLD},           \
		[ROLE_CURSOR] = {DEFAULT, DEFAULT, STYLE_REVERSE},     \
	}

static const struct theme_style few[][ROLE_COUNT] = {
	[THEME_AUTO] = {
		[ROLE_TEXT] = {DEFAULT, DEFAULT, 0},
		[ROLE_TITLE] = {DEFAULT, DEFAULT, STYLE_REVERSE},
		[ROLE_HEAD] = {DEFAULT, DEFAULT, STYLE_BOLD},
		[ROLE_DIR] = {DEFAULT, DEFAULT, STYLE_BOLD},
		[ROLE_FILE] = {DEFAULT, DEFAULT, 0},
		[ROLE_SIZE] = {DEFAULT, DEFAULT, 0},
		[ROLE_UNIT] = {DEFAULT, DEFAULT, STYLE_DIM},
		[ROLE_BAR] = {CYAN, DEFAULT, 0},
		[ROLE_GROW] = {RED, DEFAULT, 0},
		[ROLE_SHRINK] = {GREEN, DEFAULT, 0},
		[ROLE_NEW] = {DEFAULT, DEFAULT, STYLE_BOLD},
		[ROLE_GONE] = {DEFAULT, DEFAULT, STYLE_DIM},
		[ROLE_MOVED] = {MAGENTA, DEFAULT, STYLE_BOLD},
		[ROLE_LIVE] = {CYAN, DEFAULT, 0},
		[ROLE_STALE] = {DEFAULT, DEFAULT, STYLE_DIM},
		[ROLE_PARTIAL] = {DEFAULT, DEFAULT, STYLE_DIM},
		[ROLE_UNKNOWN] = {MAGENTA, DEFAULT, STYLE_BOLD},
		[ROLE_FLAG] = {MAGENTA, DEFAULT, 0},
		[ROLE_WARN] = {YELLOW, DEFAULT, STYLE_BOLD},
		[ROLE_MARK] = {MAGENTA, DEFAULT, STYLE_BOLD},
		[ROLE_KEY] = {DEFAULT, DEFAULT, STYLE_BOLD},
		[ROLE_CURSOR] = {DEFAULT, DEFAULT, STYLE_REVERSE},
	},
	[THEME_DARK] = FEW_DARK(DEFAULT, DEFAULT),
	[THEME_DARK_BG] = FEW_DARK(BLACK, WHITE),
	[THEME_LIGHT] = {
		[ROLE_TEXT] = {BLACK, DEFAULT, 0},
		[ROLE_TITLE] = {WHITE, BLUE, STYLE_BOLD},
		[ROLE_HEAD] = {BLUE, DEFAULT, STYLE_BOLD},
		[ROLE_DIR] = {BLUE, DEFAULT, STYLE_BOLD},
		[ROLE_FILE] = {BLACK, DEFAULT, 0},
		[ROLE_SIZE] = {BLACK, DEFAULT, 0},
		[ROLE_UNIT] = {BLACK, DEFAULT, STYLE_DIM},
		[ROLE_BAR] = {BLUE, DEFAULT, 0},
		[ROLE_GROW] = {RED, DEFAULT, STYLE_BOLD},
		[ROLE_SHRINK] = {GREEN, DEFAULT, 0},
		[ROLE_NEW] = {BLACK, DEFAULT, STYLE_BOLD},
		[ROLE_GONE] = {BLACK, DEFAULT, STYLE_DIM},
		[ROLE_MOVED] = {MAGENTA, DEFAULT, 0},
		[ROLE_LIVE] = {CYAN, DEFAULT, 0},
		[ROLE_STALE] = {BLACK, DEFAULT, STYLE_DIM},
		[ROLE_PARTIAL] = {BLACK, DEFAULT, STYLE_DIM},
		[ROLE_UNKNOWN] = {MAGENTA, DEFAULT, STYLE_BOLD},
		[ROLE_FLAG] = {MAGENTA, DEFAULT, 0},
		[ROLE_WARN] = {YELLOW, DEFAULT, STYLE_BOLD},
		[ROLE_MARK] = {MAGENTA, DEFAULT, STYLE_BOLD},
		[ROLE_KEY] = {BLUE, DEFAULT, STYLE_BOLD},
		[ROLE_CURSOR] = {BLACK, DEFAULT, STYLE_REVERSE},
	},
	[THEME_HIGH_CONTRAST] = {
		[ROLE_TEXT] = {BRIGHT_WHITE, BLACK, 0},
		[ROLE_TITLE] = {BLACK, BRIGHT_WHITE, 0},
		[ROLE_HEAD] = {BRIGHT_WHITE, BLACK, STYLE_BOLD},
		[ROLE_DIR] = {BRIGHT_CYAN, BLACK, STYLE_BOLD},
		[ROLE_FILE] = {BRIGHT_WHITE, BLACK, 0},
		[ROLE_SIZE] = {BRIGHT_WHITE, BLACK, 0},
		[ROLE_UNIT] = {BRIGHT_WHITE, BLACK, 0},
		[ROLE_BAR] = {BRIGHT_WHITE, BLACK, 0},
		[ROLE_GROW] = {BRIGHT_RED, BLACK, STYLE_BOLD},
		[ROLE_SHRINK] = {BRIGHT_GREEN, BLACK, 0},
		[ROLE_NEW] = {BRIGHT_WHITE, BLACK, STYLE_BOLD},
		[ROLE_GONE] = {BRIGHT_WHITE, BLACK, 0},
		[ROLE_MOVED] = {BRIGHT_YELLOW, BLACK, 0},
		[ROLE_LIVE] = {BRIGHT_CYAN, BLACK, 0},
		[ROLE_STALE] = {BRIGHT_WHITE, BLACK, 0},
		[ROLE_PARTIAL] = {BRIGHT_WHITE, BLACK, 0},
		[ROLE_UNKNOWN] = {BRIGHT_YELLOW, BLACK, STYLE_BOLD},
		[ROLE_FLAG] = {BRIGHT_YELLOW, BLACK, 0},
		[ROLE_WARN] = {BRIGHT_YELLOW, BLACK, STYLE_BOLD},
		[ROLE_MARK] = {BRIGHT_YELLOW, BLACK, STYLE_BOLD},
		[ROLE_KEY] = {BRIGHT_YELLOW, BLACK, STYLE_BOLD},
		[ROLE_CURSOR] = {BRIGHT_WHITE, BLACK, STYLE_REVERSE},
	},
	[THEME_COLOUR_BLIND] = FEW_BLIND,
	[THEME_COLOUR_BLIND_LIGHT] = FEW_BLIND,
	[THEME_OFF] = {
		[ROLE_TEXT] = {DEFAULT, DEFAULT, 0},
		[ROLE_TITLE] = {DEFAULT, DEFAULT, STYLE_REVERSE},
		[ROLE_HEAD] = {DEFAULT, DEFAULT, STYLE_BOLD},
		[ROLE_DIR] = {DEFAULT, DEFAULT, STYLE_BOLD},
		[ROLE_FILE] = {DEFAULT, DEFAULT, 0},
		[ROLE_SIZE] = {DEFAULT, DEFAULT, 0},
		[ROLE_UNIT] = {DEFAULT, DEFAULT, STYLE_DIM},
		[ROLE_BAR] = {DEFAULT, DEFAULT, 0},
		[ROLE_GROW] = {DEFAULT, DEFAULT, STYLE_BOLD},
		[ROLE_SHRINK] = {DEFAULT, DEFAULT, 0},
		[ROLE_NEW] = {DEFAULT, DEFAULT, STYLE_BOLD},
		[ROLE_GONE] = {DEFAULT, DEFAULT, STYLE_DIM},
		[ROLE_MOVED] = {DEFAULT, DEFAULT, STYLE_UNDERLINE},
		[ROLE_LIVE] = {DEFAULT, DEFAULT, STYLE_UNDERLINE},
		[ROLE_STALE] = {DEFAULT, DEFAULT, STYLE_DIM},
		[ROLE_PARTIAL] = {DEFAULT, DEFAULT, STYLE_DIM},
		[ROLE_UNKNOWN] = {DEFAULT, DEFAULT, STYLE_BOLD},
		[ROLE_FLAG] = {DEFAULT, DEFAULT, STYLE_BOLD},
		[ROLE_WARN] = {DEFAULT, DEFAULT, STYLE_BOLD},
		[ROLE_MARK] = {DEFAULT, DEFAULT, STYLE_BOLD},
		[ROLE_KEY] = {DEFAULT, DEFAULT, STYLE_BOLD},
		[ROLE_CURSOR] = {DEFAULT, DEFAULT, STYLE_REVERSE},
	},
};

/*
 * With 256 colours: calm ones, each readable (WCAG 4.5:1, of high contrast 7:1; tests/test_theme.c) on its background
 * and in the cursor's row, which has a background of its own from edge to edge.  Nothing is dim: terminals make of that
 * what they like.
 */
#define MANY_DARK(background, text)                                   \
	{                                                            \
		[ROLE_TEXT] = {text, background, 0, 255},            \
		[ROLE_TITLE] = {24, 255, 0, 255},                    \
		[ROLE_HEAD] = {110, background, 0, 110},             \
		[ROLE_DIR] = {75, background, STYLE_BOLD, 117},      \
		[ROLE_FILE] = {text, background, 0, 255},            \
		[ROLE_SIZE] = {text, background, 0, 255},            \
		[ROLE_UNIT] = {246, background, 0, 250},             \
		[ROLE_BAR] = {67, background, 0, 110},               \
		[ROLE_GROW] = {167, background, 0, 210},             \
		[ROLE_SHRINK] = {71, background, 0, 114},            \
		[ROLE_NEW] = {text, background, STYLE_BOLD, 255},    \
		[ROLE_GONE] = {246, background, 0, 250},             \
		[ROLE_MOVED] = {139, background, 0, 182},            \
		[ROLE_LIVE] = {73, background, 0, 116},              \
		[ROLE_STALE] = {246, background, 0, 250},            \
		[ROLE_PARTIAL] = {246, background, 0, 250},          \
		[ROLE_UNKNOWN] = {176, background, STYLE_BOLD, 219}, \
		[ROLE_FLAG] = {176, background, 0, 219},             \
		[ROLE_WARN] = {179, background, 0, 222},             \
		[ROLE_MARK] = {176, background, STYLE_BOLD, 219},    \
		[ROLE_KEY] = {110, background, STYLE_BOLD, 153},     \
		[ROLE_CURSOR] = {255, 237, 0, 255},                  \
	}

static const struct theme_style many[][ROLE_COUNT] = {
	[THEME_DARK] = MANY_DARK(DEFAULT, DEFAULT),
	[THEME_DARK_BG] = MANY_DARK(16, 252),
	[THEME_LIGHT] = {
		[ROLE_TEXT] = {DEFAULT, DEFAULT, 0, 232},
		[ROLE_TITLE] = {24, 255, 0, 24},
		[ROLE_HEAD] = {24, DEFAULT, 0, 24},
		[ROLE_DIR] = {25, DEFAULT, STYLE_BOLD, 25},
		[ROLE_FILE] = {DEFAULT, DEFAULT, 0, 232},
		[ROLE_SIZE] = {DEFAULT, DEFAULT, 0, 232},
		[ROLE_UNIT] = {241, DEFAULT, 0, 240},
		[ROLE_BAR] = {60, DEFAULT, 0, 60},
		[ROLE_GROW] = {160, DEFAULT, 0, 124},
		[ROLE_SHRINK] = {28, DEFAULT, 0, 22},
		[ROLE_NEW] = {DEFAULT, DEFAULT, STYLE_BOLD, 232},
		[ROLE_GONE] = {241, DEFAULT, 0, 240},
		[ROLE_MOVED] = {96, DEFAULT, 0, 90},
		[ROLE_LIVE] = {23, DEFAULT, 0, 23},
		[ROLE_STALE] = {241, DEFAULT, 0, 240},
		[ROLE_PARTIAL] = {241, DEFAULT, 0, 240},
		[ROLE_UNKNOWN] = {127, DEFAULT, STYLE_BOLD, 127},
		[ROLE_FLAG] = {127, DEFAULT, 0, 127},
		[ROLE_WARN] = {130, DEFAULT, 0, 58},
		[ROLE_MARK] = {127, DEFAULT, STYLE_BOLD, 127},
		[ROLE_KEY] = {25, DEFAULT, STYLE_BOLD, 25},
		[ROLE_CURSOR] = {232, 254, 0, 232},
	},
	[THEME_HIGH_CONTRAST] = {
		[ROLE_TEXT] = {231, 16, 0, 16},
		[ROLE_TITLE] = {16, 231, 0, 16},
		[ROLE_HEAD] = {231, 16, STYLE_BOLD, 16},
		[ROLE_DIR] = {159, 16, STYLE_BOLD, 17},
		[ROLE_FILE] = {231, 16, 0, 16},
		[ROLE_SIZE] = {231, 16, 0, 16},
		[ROLE_UNIT] = {252, 16, 0, 16},
		[ROLE_BAR] = {252, 16, 0, 16},
		[ROLE_GROW] = {217, 16, STYLE_BOLD, 88},
		[ROLE_SHRINK] = {157, 16, 0, 22},
		[ROLE_NEW] = {231, 16, STYLE_BOLD, 16},
		[ROLE_GONE] = {252, 16, 0, 16},
		[ROLE_MOVED] = {225, 16, 0, 53},
		[ROLE_LIVE] = {159, 16, 0, 17},
		[ROLE_STALE] = {252, 16, 0, 16},
		[ROLE_PARTIAL] = {252, 16, 0, 16},
		[ROLE_UNKNOWN] = {225, 16, STYLE_BOLD, 53},
		[ROLE_FLAG] = {225, 16, 0, 53},
		[ROLE_WARN] = {229, 16, STYLE_BOLD, 16},
		[ROLE_MARK] = {225, 16, STYLE_BOLD, 53},
		[ROLE_KEY] = {229, 16, STYLE_BOLD, 16},
		[ROLE_CURSOR] = {16, 231, 0, 16},
	},
	[THEME_COLOUR_BLIND] = {
		[ROLE_TEXT] = {DEFAULT, DEFAULT, 0, 255},
		[ROLE_TITLE] = {236, 255, 0, 255},
		[ROLE_HEAD] = {250, DEFAULT, 0, 250},
		[ROLE_DIR] = {DEFAULT, DEFAULT, STYLE_BOLD, 255},
		[ROLE_FILE] = {DEFAULT, DEFAULT, 0, 255},
		[ROLE_SIZE] = {DEFAULT, DEFAULT, 0, 255},
		[ROLE_UNIT] = {246, DEFAULT, 0, 250},
		[ROLE_BAR] = {246, DEFAULT, 0, 250},
		[ROLE_GROW] = {208, DEFAULT, 0, 214},
		[ROLE_SHRINK] = {75, DEFAULT, 0, 117},
		[ROLE_NEW] = {DEFAULT, DEFAULT, STYLE_BOLD, 255},
		[ROLE_GONE] = {246, DEFAULT, 0, 250},
		[ROLE_MOVED] = {250, DEFAULT, STYLE_UNDERLINE, 255},
		[ROLE_LIVE] = {255, DEFAULT, STYLE_UNDERLINE, 255},
		[ROLE_STALE] = {246, DEFAULT, 0, 250},
		[ROLE_PARTIAL] = {246, DEFAULT, 0, 250},
		[ROLE_UNKNOWN] = {DEFAULT, DEFAULT, STYLE_BOLD, 255},
		[ROLE_FLAG] = {DEFAULT, DEFAULT, STYLE_BOLD, 255},
		[ROLE_WARN] = {DEFAULT, DEFAULT, STYLE_BOLD, 255},
		[ROLE_MARK] = {DEFAULT, DEFAULT, STYLE_BOLD, 255},
		[ROLE_KEY] = {250, DEFAULT, STYLE_BOLD, 255},
		[ROLE_CURSOR] = {255, 237, 0, 255},
	},
	[THEME_COLOUR_BLIND_LIGHT] = {
		[ROLE_TEXT] = {DEFAULT, DEFAULT, 0, 232},
		[ROLE_TITLE] = {236, 255, 0, 236},
		[ROLE_HEAD] = {238, DEFAULT, 0, 238},
		[ROLE_DIR] = {DEFAULT, DEFAULT, STYLE_BOLD, 232},
		[ROLE_FILE] = {DEFAULT, DEFAULT, 0, 232},
		[ROLE_SIZE] = {DEFAULT, DEFAULT, 0, 232},
		[ROLE_UNIT] = {241, DEFAULT, 0, 240},
		[ROLE_BAR] = {241, DEFAULT, 0, 240},
		[ROLE_GROW] = {130, DEFAULT, 0, 94},
		[ROLE_SHRINK] = {25, DEFAULT, 0, 25},
		[ROLE_NEW] = {DEFAULT, DEFAULT, STYLE_BOLD, 232},
		[ROLE_GONE] = {241, DEFAULT, 0, 240},
		[ROLE_MOVED] = {238, DEFAULT, STYLE_UNDERLINE, 238},
		[ROLE_LIVE] = {232, DEFAULT, STYLE_UNDERLINE, 232},
		[ROLE_STALE] = {241, DEFAULT, 0, 240},
		[ROLE_PARTIAL] = {241, DEFAULT, 0, 240},
		[ROLE_UNKNOWN] = {DEFAULT, DEFAULT, STYLE_BOLD, 232},
		[ROLE_FLAG] = {DEFAULT, DEFAULT, STYLE_BOLD, 232},
		[ROLE_WARN] = {DEFAULT, DEFAULT, STYLE_BOLD, 232},
		[ROLE_MARK] = {DEFAULT, DEFAULT, STYLE_BOLD, 232},
		[ROLE_KEY] = {238, DEFAULT, STYLE_BOLD, 238},
		[ROLE_CURSOR] = {232, 254, 0, 232},
	},
};
/* clang-format on */

const struct theme_style *theme_style(enum ui_theme theme, bool many_colours, enum role role)
{
	return many_colours && theme > THEME_AUTO && theme < THEME_OFF ? &many[theme][role] : &few[theme][role];
}

uint32_t theme_rgb(int colour)
{
	static const uint8_t steps[] = {0, 95, 135, 175, 215, 255};
	uint32_t grey = (uint32_t)(8 + 10 * (colour - 232));

	if (colour >= 232)
		return grey << 16 | grey << 8 | grey;
	colour -= 16;
	return (uint32_t)steps[colour / 36] << 16 | (uint32_t)steps[colour / 6 % 6] << 8 | steps[colour % 6];
}

bool theme_depends(enum ui_theme wanted)
{
	return wanted == THEME_AUTO || wanted == THEME_COLOUR_BLIND;
}

enum ui_theme theme_on(enum ui_theme wanted, enum ui_theme background)
{
	if (wanted == THEME_AUTO)
		return background;
	return wanted == THEME_COLOUR_BLIND && background == THEME_LIGHT ? THEME_COLOUR_BLIND_LIGHT : wanted;
}

enum ui_theme theme_for_background(uint32_t rgb)
{
	/* The luma of Rec. 601, as other programs decide it. */
	uint32_t luma = 299 * (rgb >> 16 & 255) + 587 * (rgb >> 8 & 255) + 114 * (rgb & 255);

	return luma > 127500 ? THEME_LIGHT : THEME_DARK;
}

enum ui_theme theme_from_environment(const char *colorfgbg)
{
	const char *last = colorfgbg ? strrchr(colorfgbg, ';') : NULL;
	char *end;
	long background;

	if (!last)
		return THEME_AUTO;
	background = strtol(last + 1, &end, 10);
	if (end == last + 1 || *end || background < 0 || background > 15)
		return THEME_AUTO;
	return background == WHITE || background > GREY ? THEME_LIGHT : THEME_DARK;
}

enum ui_theme theme_choose(enum ui_theme wanted)
{
	const char *no_color = getenv("NO_COLOR");

	return wanted == THEME_AUTO && no_color && *no_color ? THEME_OFF : wanted;
}

char theme_letter(enum role role)
{
	static const char letters[] = {
#define X(id, letter) letter,
		UI_ROLES(X)
#undef X
	};

	return letters[role];
}
