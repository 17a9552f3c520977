/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>
#include <locale.h>
#include <string.h>

#include "ui/screens/actions.h"
#include "ui/term/canvas.h"
#include "ui/term/input.h"

static struct canvas canvas;
static struct buf out;

static void setup(void)
{
	setlocale(LC_ALL, "C.UTF-8");
	canvas = (struct canvas){0};
	out = (struct buf){0};
	cr_assert_eq(canvas_resize(&canvas, 3, 12), 0);
}

static void teardown(void)
{
	canvas_free(&canvas);
	buf_free(&out);
}

TestSuite(canvas, .init = setup, .fini = teardown);

static void golden(const char *expected)
{
	buf_clear(&out);
	cr_assert_eq(canvas_print(&canvas, &out), 0);
	cr_assert_str_eq(out.data, expected);
}

static void roles(const char *expected)
{
	buf_clear(&out);
	cr_assert_eq(canvas_print_roles(&canvas, &out), 0);
	cr_assert_str_eq(out.data, expected);
}

Test(canvas, text_goes_where_it_is_put_and_is_cut_at_the_edges)
{
	cr_assert_eq(canvas_text(&canvas, 0, 2, ROLE_SIZE, "%d GiB", 12), 8);
	canvas_text(&canvas, 1, 9, ROLE_TEXT, "abcdef");
	canvas_text(&canvas, 2, -2, ROLE_TEXT, "xyz");
	canvas_text(&canvas, 7, 0, ROLE_TEXT, "nowhere");
	canvas_text(&canvas, -1, 0, ROLE_TEXT, "nowhere");
	golden("  12 GiB\n         abc\nz\n");
	roles("..ssssss....\n............\n............\n");
}

Test(canvas, right_aligned_text_ends_before_its_column)
{
	cr_assert_eq(canvas_right(&canvas, 0, 12, ROLE_TEXT, "1.5 GiB"), 5);
	golden("     1.5 GiB\n\n\n");
}

Test(canvas, wide_and_combining_characters_keep_their_cells)
{
	cr_assert_eq(canvas_text(&canvas, 0, 0, ROLE_TEXT, "日本e\xcc\x81x"), 6);
	golden("日本e\xcc\x81x\n\n\n");
	/* Painting over one half of a wide character blanks the other. */
	canvas_text(&canvas, 0, 1, ROLE_TEXT, "|");
	golden(" |本e\xcc\x81x\n\n\n");
	canvas_text(&canvas, 0, 2, ROLE_TEXT, "!");
	golden(" |! e\xcc\x81x\n\n\n");
}

Test(canvas, emoji_have_their_own_cells)
{
	/* A family, joined, and a heart that asks for colours. */
	cr_assert_eq(canvas_name(&canvas, 0, 0, 12, ROLE_FILE, "👨\xe2\x80\x8d👩\xe2\x80\x8d👧!", 19), 7);
	canvas_name(&canvas, 1, 0, 12, ROLE_FILE, "❤\xef\xb8\x8f!", 7);
	golden("👨👩👧!\n❤!\n\n");
}

Test(canvas, a_wide_character_does_not_hang_over_the_edge)
{
	canvas_text(&canvas, 0, 11, ROLE_TEXT, "日");
	cr_assert_eq(canvas_put(&canvas, 1, 0, 3, ROLE_TEXT, "日日", 6), 2);
	golden("\n日\n\n");
}

Test(canvas, nothing_that_commands_a_terminal_gets_in)
{
	static const char nasty[] = "a\x1b[2J\x7f\xc2\x9b" "b\xff\n\xe2\x80\xae";

	canvas_put(&canvas, 0, 0, -1, ROLE_TEXT, nasty, sizeof nasty - 1);
	for (int i = 0; i < canvas.rows * canvas.cols; i++)
		for (int k = 0; k < canvas.cells[i].length; k++)
			cr_assert(((unsigned char)canvas.cells[i].text[k] >= 0x20 &&
			           (unsigned char)canvas.cells[i].text[k] < 0x7f),
			          "byte %02x", canvas.cells[i].text[k]);
	golden("a?[2J??b???\n\n\n");
}

Test(canvas, a_name_is_escaped_and_shortened_in_its_middle)
{
	cr_assert_eq(canvas_name(&canvas, 0, 0, 12, ROLE_FILE, "a\x1b" "b", 3), 6);
	canvas_name(&canvas, 1, 0, 12, ROLE_FILE, "beginning_and_end", 17);
	golden("a\\x1bb\nbeginn...end\n\n");
}

Test(canvas, attributes_mark_cells_without_touching_them)
{
	canvas_text(&canvas, 1, 0, ROLE_GROW, "+1");
	canvas_mark(&canvas, 1, 0, 4, ATTR_CURSOR);
	golden("\n+1\n\n");
	roles("............\nGG::........\n............\n");
}

Test(canvas, a_box_blanks_its_inside)
{
	canvas_text(&canvas, 1, 0, ROLE_TEXT, "############");
	canvas_box(&canvas, 0, 0, 3, 12, ROLE_TEXT, "hi");
	golden("┌ hi ──────┐\n│          │\n└──────────┘\n");
}

Test(canvas, bars_are_in_eighths_halves_or_hashes)
{
	canvas_bar(&canvas, 0, 0, 8, 0.5 + 1.0 / 16, STYLE_EIGHTH, ROLE_BAR);
	canvas_bar(&canvas, 1, 0, 8, 0.5 + 1.0 / 16, STYLE_HALF, ROLE_BAR);
	canvas_bar(&canvas, 2, 0, 8, 1.0, STYLE_HASH, ROLE_BAR);
	golden("████▌\n████▌\n########\n");
	canvas_clear(&canvas);
	canvas_bar(&canvas, 0, 0, 8, 5.0, STYLE_EIGHTH, ROLE_BAR);
	canvas_bar(&canvas, 1, 0, 8, -1, STYLE_EIGHTH, ROLE_BAR);
	canvas_bar(&canvas, 2, 0, 8, 1.0 / 64, STYLE_EIGHTH, ROLE_BAR);
	golden("████████\n\n▏\n");
}

Test(canvas, without_utf8_everything_is_ascii)
{
	canvas.ascii = true;
	canvas_text(&canvas, 0, 0, ROLE_TEXT, "a…▾▴│日e\xcc\x81");
	canvas_bar(&canvas, 1, 0, 4, 0.6, STYLE_EIGHTH, ROLE_BAR);
	canvas_name(&canvas, 2, 0, 12, ROLE_FILE, "\xc3\xa4", 2);
	golden("a:v^|?e\n##\n\\xc3\\xa4\n");
}

Test(canvas, a_resize_blanks_and_follows_the_new_size)
{
	canvas_text(&canvas, 0, 0, ROLE_TEXT, "old");
	cr_assert_eq(canvas_resize(&canvas, 1, 4), 0);
	golden("\n");
	cr_assert_eq(canvas_resize(&canvas, 0, -3), 0);
	cr_assert_eq(canvas.rows, 1);
	cr_assert_eq(canvas.cols, 1);
}

/* ---- actions ---- */

TestSuite(actions, .init = setup, .fini = teardown);

Test(actions, every_key_has_one_meaning_in_each_context)
{
	for (int a = 1; a < ACTION_COUNT; a++)
		for (int b = a + 1; b < ACTION_COUNT; b++) {
			unsigned both = action_info((enum action)a)->contexts & action_info((enum action)b)->contexts;
			const char *keys = action_info((enum action)a)->keys;

			while (both && *keys) {
				int length = (int)strcspn(keys, " ");
				const char *other = action_info((enum action)b)->keys;

				while (*other) {
					int other_length = (int)strcspn(other, " ");

					cr_assert_neq(action_key_code(keys, length),
					              action_key_code(other, other_length), "%s and %s share %.*s",
					              action_info((enum action)a)->name,
					              action_info((enum action)b)->name, length, keys);
					other += other_length + (other[other_length] == ' ');
				}
				keys += length + (keys[length] == ' ');
			}
		}
}

Test(actions, every_key_of_the_table_is_known_and_leads_to_its_action)
{
	for (int a = 1; a < ACTION_COUNT; a++) {
		const struct action_info *info = action_info((enum action)a);
		const char *keys = info->keys;

		cr_assert(*keys && *info->help, "%s", info->name);
		while (*keys) {
			int length = (int)strcspn(keys, " ");
			uint32_t code = action_key_code(keys, length);

			cr_assert_neq(code, 0, "%s: %.*s", info->name, length, keys);
			for (unsigned context = 1; context; context <<= 1)
				if (info->contexts & context)
					cr_assert_eq(action_for_key(context, code), (enum action)a);
			keys += length + (keys[length] == ' ');
		}
	}
}

Test(actions, ncdus_keys_are_ncdus)
{
	cr_assert_eq(action_for_key(CONTEXT_BROWSER, 'n'), ACTION_SORT_NAME);
	cr_assert_eq(action_for_key(CONTEXT_BROWSER, 's'), ACTION_SORT_SIZE);
	cr_assert_eq(action_for_key(CONTEXT_BROWSER, 'C'), ACTION_SORT_ITEMS);
	cr_assert_eq(action_for_key(CONTEXT_BROWSER, 'M'), ACTION_SORT_MTIME);
	cr_assert_eq(action_for_key(CONTEXT_BROWSER, 't'), ACTION_DIRS_FIRST);
	cr_assert_eq(action_for_key(CONTEXT_BROWSER, 'g'), ACTION_GRAPH);
	cr_assert_eq(action_for_key(CONTEXT_BROWSER, 'd'), ACTION_GROWTH);
	cr_assert_eq(action_for_key(CONTEXT_BROWSER, IN_CTRL('C')), ACTION_INTERRUPT);
	cr_assert_eq(action_for_key(CONTEXT_BROWSER, IN_ENTER), ACTION_ENTER);
	cr_assert_eq(action_for_key(CONTEXT_SNAPSHOTS, IN_ENTER), ACTION_COMPARE);
	/* Later: no key that does not work yet answers. */
	for (const char *c = "z"; *c; c++)
		cr_assert_eq(action_for_key(CONTEXT_BROWSER, (unsigned char)*c), ACTION_NONE, "%c", *c);
}

Test(actions, the_key_row_joins_neighbours_and_can_be_clicked)
{
	static const enum action row[] = {ACTION_ENTER, ACTION_SORT_SIZE, ACTION_SORT_NAME, ACTION_QUIT};

	cr_assert_eq(canvas_resize(&canvas, 1, 50), 0);
	action_paint_row(&canvas, 0, row, 4, NULL, true);
	golden(" Enter open  s n sort  q quit               ? help\n");
	cr_assert_eq(canvas_at(&canvas, 0, 13)->action, ACTION_SORT_SIZE);
	cr_assert_eq(canvas_at(&canvas, 0, 15)->action, ACTION_SORT_NAME);
	cr_assert_eq(canvas_at(&canvas, 0, 18)->action, ACTION_SORT_SIZE);
	cr_assert_eq(canvas_at(&canvas, 0, 47)->action, ACTION_HELP);
	cr_assert_eq(canvas_at(&canvas, 0, 35)->action, ACTION_NONE);
}

Test(actions, a_narrow_key_row_leaves_out_what_does_not_fit)
{
	static const enum action row[] = {ACTION_ENTER, ACTION_SORT_SIZE, ACTION_SORT_NAME, ACTION_QUIT};
	static const struct action_word words[] = {{ACTION_ENTER, "go"}, {ACTION_NONE, NULL}};

	cr_assert_eq(canvas_resize(&canvas, 1, 26), 0);
	action_paint_row(&canvas, 0, row, 4, words, true);
	golden(" Enter go  s n sort ? help\n");
}
