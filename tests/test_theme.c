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
		{THEME_HIGH_CONTRAST, 0xffffff, 0x000000},
		{THEME_HIGH_CONTRAST, 0x000000, 0xffffff}, /* its own background on any other */
		{THEME_COLOUR_BLIND, 0xffffff, 0x000000},
		{THEME_COLOUR_BLIND, 0xffffff, 0x1c1c1c},
		{THEME_COLOUR_BLIND_LIGHT, 0x000000, 0xffffff},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		for (int role = 0; role < ROLE_COUNT; role++) {
			const struct theme_style *style = theme_style(cases[i].theme, true, (enum role)role);
			uint32_t cursor = theme_rgb(theme_style(cases[i].theme, true, ROLE_CURSOR)->bg);
			double on_own = contrast(seen(style->fg, cases[i].text), seen(style->bg, cases[i].background));
			double on_cursor = contrast(theme_rgb(style->cursor_fg), cursor);
			double least = cases[i].theme == THEME_HIGH_CONTRAST ? 7 : 4.5;

			cr_assert(!(style->attrs & (STYLE_DIM | STYLE_REVERSE)), "theme %d role %c", cases[i].theme,
			          theme_letter((enum role)role));
			cr_assert(on_own >= least, "theme %d role %c: %.2f", cases[i].theme,
			          theme_letter((enum role)role), on_own);
			cr_assert(on_cursor >= least, "theme %d role %c under the cursor: %.2f", cases[i].theme,
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
	for (enum ui_theme theme = THEME_DARK; theme <= THEME_HIGH_CONTRAST; theme++)
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

			cr_assert_eq(style->fg >= 0 && style->fg % 8 == 1,
			             role == ROLE_GROW && theme != THEME_OFF && theme != THEME_COLOUR_BLIND &&
			                     theme != THEME_COLOUR_BLIND_LIGHT,
			             "theme %d role %c", theme, theme_letter((enum role)role));
			if (theme != THEME_LIGHT)
				cr_assert(style->fg < 0 || style->fg % 8 != 4, "theme %d role %c is blue", theme,
				          theme_letter((enum role)role));
			if (theme == THEME_OFF)
				cr_assert(style->fg < 0 && style->bg < 0);
		}
}

/* ---- colours as those see them who lack a kind of cone ---- */

/* Machado, Oliveira, Fernandes 2009, severity 1.0: protanopia, deuteranopia, tritanopia; on linear RGB. */
static const double lacking[3][3][3] = {
	{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
};

static double lab_part(double t)
{
	return t > 216.0 / 24389 ? cbrt(t) : (24389.0 / 27 * t + 16) / 116;
}

/* CIELAB of a colour as it is seen. */
static void lab_of(uint32_t rgb, const double seeing[3][3], double lab[3])
{
	double in[3] = {linear(rgb >> 16 & 255), linear(rgb >> 8 & 255), linear(rgb & 255)}, out[3], x, y, z;

	for (int i = 0; i < 3; i++) {
		out[i] = seeing[i][0] * in[0] + seeing[i][1] * in[1] + seeing[i][2] * in[2];
		out[i] = out[i] < 0 ? 0 : out[i] > 1 ? 1 : out[i];
	}
	x = lab_part((0.4124 * out[0] + 0.3576 * out[1] + 0.1805 * out[2]) / 0.9505);
	y = lab_part(0.2126 * out[0] + 0.7152 * out[1] + 0.0722 * out[2]);
	z = lab_part((0.0193 * out[0] + 0.1192 * out[1] + 0.9505 * out[2]) / 1.089);
	lab[0] = 116 * y - 16;
	lab[1] = 500 * (x - y);
	lab[2] = 200 * (y - z);
}

/* How different two colours are without their lightness, which a cursor's row changes: 2 can just be seen. */
static double apart(uint32_t a, uint32_t b, const double seeing[3][3])
{
	double one[3], other[3];

	lab_of(a, seeing, one);
	lab_of(b, seeing, other);
	return hypot(one[1] - other[1], one[2] - other[2]);
}

Test(theme, growth_and_shrinkage_are_told_apart_by_everybody)
{
	uint32_t red = theme_rgb(theme_style(THEME_DARK, true, ROLE_GROW)->fg),
		 green = theme_rgb(theme_style(THEME_DARK, true, ROLE_SHRINK)->fg);

	cr_assert(apart(red, green, lacking[1]) < 40, "what the other theme is for: %.1f",
	          apart(red, green, lacking[1]));
	for (enum ui_theme theme = THEME_COLOUR_BLIND; theme <= THEME_COLOUR_BLIND_LIGHT; theme++) {
		const struct theme_style *grow = theme_style(theme, true, ROLE_GROW),
					 *shrink = theme_style(theme, true, ROLE_SHRINK);

		for (int kind = 0; kind < 3; kind++) {
			cr_expect(apart(theme_rgb(grow->fg), theme_rgb(shrink->fg), lacking[kind]) > 50,
			          "theme %d for %d: %.1f", theme, kind,
			          apart(theme_rgb(grow->fg), theme_rgb(shrink->fg), lacking[kind]));
			cr_expect(apart(theme_rgb(grow->cursor_fg), theme_rgb(shrink->cursor_fg), lacking[kind]) > 50,
			          "theme %d for %d under the cursor: %.1f", theme, kind,
			          apart(theme_rgb(grow->cursor_fg), theme_rgb(shrink->cursor_fg), lacking[kind]));
		}
		/* Nothing else has these colours. */
		for (int role = 0; role < ROLE_COUNT; role++) {
			const struct theme_style *style = theme_style(theme, true, (enum role)role);

			if (role != ROLE_GROW && role != ROLE_SHRINK && style->fg >= 0)
				cr_expect(apart(theme_rgb(style->fg), 0x808080, lacking[1]) < 30, "role %c",
				          theme_letter((enum role)role));
		}
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

Test(theme, some_are_of_two_backgrounds)
{
	cr_assert(theme_depends(THEME_AUTO) && theme_depends(THEME_COLOUR_BLIND));
	cr_assert(!theme_depends(THEME_HIGH_CONTRAST) && !theme_depends(THEME_LIGHT) && !theme_depends(THEME_OFF));
	cr_assert_eq(theme_on(THEME_AUTO, THEME_LIGHT), THEME_LIGHT);
	cr_assert_eq(theme_on(THEME_COLOUR_BLIND, THEME_LIGHT), THEME_COLOUR_BLIND_LIGHT);
	cr_assert_eq(theme_on(THEME_COLOUR_BLIND, THEME_DARK), THEME_COLOUR_BLIND);
	cr_assert_eq(theme_on(THEME_DARK, THEME_LIGHT), THEME_DARK);
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
