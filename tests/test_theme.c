/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "ui/term/theme.h"

TestSuite(theme);

/* ---- contrast: https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio ---- */

static double linear(uint32_t byte)
{
	double part = byte / 255.0;

	return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

static double luminance(uint32_t rgb)
{
	return 0.2126 * linear(rgb >> 16 & 255) + 0.7152 * linear(rgb >> 8 & 255) + 0.0722 * linear(rgb & 255);
}

static double contrast(uint32_t a, uint32_t b)
{
	double one = luminance(a) + 0.05, other = luminance(b) + 0.05;

	return one > other ? one / other : other / one;
}

Test(theme, contrast_is_wcags)
{
	cr_assert_float_eq(contrast(0xffffff, 0x000000), 21, 0.001);
	cr_assert_float_eq(contrast(0x777777, 0xffffff), 4.478, 0.01);
	cr_assert_eq(theme_rgb(16), 0x000000);
	cr_assert_eq(theme_rgb(67), 0x5f87af);
	cr_assert_eq(theme_rgb(231), 0xffffff);
	cr_assert_eq(theme_rgb(232), 0x080808);
	cr_assert_eq(theme_rgb(255), 0xeeeeee);
}

/* A colour as it is seen; the terminal's own is black or white on the other. */
static uint32_t seen(short colour, uint32_t own)
{
	cr_assert(colour == -1 || (colour >= 16 && colour <= 255),
	          "colour %d is the palette's: nobody knows what it looks like", colour);
	return colour < 0 ? own : theme_rgb(colour);
}

Test(theme, every_role_can_be_read_on_its_background_and_under_the_cursor)
{
	static const struct {
		enum ui_theme theme;
		uint32_t text, background;
	} cases[] = {
		{THEME_DARK, 0xffffff, 0x000000},
		{THEME_DARK, 0xffffff, 0x1c1c1c}, /* as dark terminals often are */
		{THEME_DARK_BG, 0xffffff, 0x000000},
		{THEME_LIGHT, 0x000000, 0xffffff},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int role = 0; role < ROLE_COUNT; role++) {
			const struct theme_style *style = theme_style(cases[i].theme, true, (enum role)role);
			uint32_t cursor = theme_rgb(theme_style(cases[i].theme, true, ROLE_CURSOR)->bg);
			double on_own = contrast(seen(style->fg, cases[i].text), seen(style->bg, cases[i].background));
			double on_cursor = contrast(theme_rgb(style->cursor_fg), cursor);
			/* A bar is no text, and the live colour is a bar's, too: its figure has a sign. */
			double least = role == ROLE_BAR ? 2.2 : role == ROLE_LIVE ? 4.3 : 4.5;

			cr_assert(!(style->attrs & (STYLE_DIM | STYLE_REVERSE)), "theme %d role %c", cases[i].theme,
			          theme_letter((enum role)role));
			cr_assert(on_own >= least, "theme %d role %c: %.2f", cases[i].theme,
			          theme_letter((enum role)role), on_own);
			cr_assert(on_cursor >= (role == ROLE_BAR ? 2.9 : 4.5),
			          "theme %d role %c under the cursor: %.2f", cases[i].theme,
			          theme_letter((enum role)role), on_cursor);
		}
}

/* Which of red, green and blue a colour has most of, if clearly. */
static char hue(uint32_t rgb)
{
	int r = (int)(rgb >> 16 & 255), g = (int)(rgb >> 8 & 255), b = (int)(rgb & 255);

	return r > g + 60 && r > b + 60 ? 'r' : g > r + 60 && g > b + 60 ? 'g' : '-';
}

Test(theme, growth_alone_is_red_and_stays_so_under_the_cursor)
{
	for (enum ui_theme theme = THEME_DARK; theme <= THEME_LIGHT; theme++)
		for (int role = 0; role < ROLE_COUNT; role++) {
			const struct theme_style *style = theme_style(theme, true, (enum role)role);
			char expected = role == ROLE_GROW ? 'r' : role == ROLE_SHRINK ? 'g' : '-';

			if (style->fg >= 0 && role != ROLE_WARN)
				cr_assert_eq(hue(theme_rgb(style->fg)), expected, "theme %d role %c", theme,
				             theme_letter((enum role)role));
			if (role == ROLE_GROW || role == ROLE_SHRINK)
				cr_assert_eq(hue(theme_rgb(style->cursor_fg)), expected,
				             "theme %d role %c under the cursor", theme, theme_letter((enum role)role));
		}
	/* The palette's red likewise; and no saturated blue on black. */
	for (enum ui_theme theme = THEME_AUTO; theme <= THEME_OFF; theme++)
		for (int role = 0; role < ROLE_COUNT; role++) {
			const struct theme_style *style = theme_style(theme, false, (enum role)role);

			cr_assert_eq(style->fg >= 0 && style->fg % 8 == 1, role == ROLE_GROW && theme != THEME_OFF,
			             "theme %d role %c", theme, theme_letter((enum role)role));
			if (theme != THEME_LIGHT)
				cr_assert(style->fg < 0 || style->fg % 8 != 4, "theme %d role %c is blue", theme,
				          theme_letter((enum role)role));
			if (theme == THEME_OFF)
				cr_assert(style->fg < 0 && style->bg < 0);
		}
}

/* ---- which theme ---- */

Test(theme, the_background_decides)
{
	cr_assert_eq(theme_for_background(0x000000), THEME_DARK);
	cr_assert_eq(theme_for_background(0x002b36), THEME_DARK); /* Solarized */
	cr_assert_eq(theme_for_background(0xfdf6e3), THEME_LIGHT);
	cr_assert_eq(theme_for_background(0xffffff), THEME_LIGHT);
	cr_assert_eq(theme_for_background(0x0000ff), THEME_DARK);
}

Test(theme, colorfgbg)
{
	cr_assert_eq(theme_from_environment("15;0"), THEME_DARK);
	cr_assert_eq(theme_from_environment("0;15"), THEME_LIGHT);
	cr_assert_eq(theme_from_environment("0;default;15"), THEME_LIGHT);
	cr_assert_eq(theme_from_environment("12;8"), THEME_DARK);
	cr_assert_eq(theme_from_environment("0;7"), THEME_LIGHT);
	cr_assert_eq(theme_from_environment("default;default"), THEME_AUTO);
	cr_assert_eq(theme_from_environment("0;99"), THEME_AUTO);
	cr_assert_eq(theme_from_environment("15"), THEME_AUTO);
	cr_assert_eq(theme_from_environment(NULL), THEME_AUTO);
}

Test(theme, no_color_is_heard)
{
	setenv("NO_COLOR", "1", 1);
	cr_assert_eq(theme_choose(THEME_AUTO), THEME_OFF);
	cr_assert_eq(theme_choose(THEME_LIGHT), THEME_LIGHT);
	setenv("NO_COLOR", "", 1);
	cr_assert_eq(theme_choose(THEME_AUTO), THEME_AUTO);
}
