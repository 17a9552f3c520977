/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui/screens/actions.h"

#include <string.h>

#include "base/text.h"
#include "ui/term/canvas.h"
#include "ui/term/input.h"

static const struct action_info table[ACTION_COUNT] = {[ACTION_NONE] = {"", 0, GROUP_NONE, "", "", ""},
#define X(id, name, contexts, group, keys, word, help) [ACTION_##id] = {name, contexts, group, keys, word, help},
                                                       UI_ACTIONS(X)
#undef X
};

const struct action_info *action_info(enum action action)
{
	return &table[action];
}

uint32_t action_key_code(const char *name, int length)
{
	static const struct {
		const char *name;
		uint32_t code;
	} names[] = {
		{"Up", IN_UP},
		{"Down", IN_DOWN},
		{"Left", IN_LEFT},
		{"Right", IN_RIGHT},
		{"PgUp", IN_PAGE_UP},
		{"PgDn", IN_PAGE_DOWN},
		{"Home", IN_HOME},
		{"End", IN_END},
		{"Enter", IN_ENTER},
		{"Esc", IN_ESC},
		{"Tab", IN_TAB},
		{"Space", ' '},
		{"Backspace", IN_BACKSPACE},
		{"Delete", IN_DELETE},
	};

	if (length == 2 && name[0] == '^' && name[1] >= 'A' && name[1] <= 'Z')
		return IN_CTRL((uint32_t)name[1]);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i].name) == (size_t)length && !memcmp(names[i].name, name, (size_t)length))
			return names[i].code;
	return length == 1 ? (unsigned char)name[0] : 0;
}

enum action action_for_key(unsigned context, uint32_t key)
{
	for (int action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		const char *keys = table[action].keys;

		if (!(table[action].contexts & context))
			continue;
		while (*keys) {
			size_t length = strcspn(keys, " ");

			if (action_key_code(keys, (int)length) == key)
				return (enum action)action;
			keys += length;
			keys += *keys == ' ';
		}
	}
	return ACTION_NONE;
}

int64_t action_moves_to(enum action action, int64_t at, int64_t last, int64_t page, int64_t half)
{
	switch (action) {
	case ACTION_UP: at--; break;
	case ACTION_DOWN: at++; break;
	case ACTION_PAGE_UP: at -= page; break;
	case ACTION_PAGE_DOWN: at += page; break;
	case ACTION_HALF_UP: at -= half; break;
	case ACTION_HALF_DOWN: at += half; break;
	case ACTION_FIRST: at = 0; break;
	case ACTION_LAST: at = last; break;
	default: return -1;
	}
	at = at > last ? last : at;
	return at > 0 ? at : 0;
}

static const char *word_of(enum action action, const struct action_word *words)
{
	for (; words && words->action != ACTION_NONE; words++)
		if (words->action == action)
			return words->word;
	return *table[action].word ? _(table[action].word) : "";
}

static int first_key(enum action action)
{
	return (int)strcspn(table[action].keys, " ");
}

int action_row(int rows)
{
	return rows >= 12 ? rows - 1 : -1;
}

void action_paint_row(struct canvas *canvas, int row, const enum action *actions, int count,
                      const struct action_word *words, bool help)
{
	const char *help_word = help ? word_of(ACTION_HELP, words) : NULL;
	int end = canvas->cols - 1, col = 1;

	if (help && canvas->spoken) { /* a row of keys is a long thing to hear: all of them are in the help */
		canvas_text(canvas, row, col, ROLE_TEXT, "? %s", help_word);
		return;
	}
	if (help) {
		int width = canvas_width(help_word) + 2, at = canvas->cols - width;

		canvas_text(canvas, row, at, ROLE_KEY, "?");
		canvas_text(canvas, row, at + 2, ROLE_TEXT, "%s", help_word);
		canvas_click(canvas, row, at, width, ACTION_HELP);
		end = at - 1;
	}
	for (int i = 0; i < count;) {
		const char *word = word_of(actions[i], words);
		int width = canvas_width(word), n = i, at;

		do
			width += first_key(actions[n++]) + 1;
		while (n < count && *word && !strcmp(word_of(actions[n], words), word));
		if (col + width > end)
			break;
		at = col;
		for (int k = i; k < n; k++) {
			int length = first_key(actions[k]);

			canvas_put(canvas, row, col, length, ROLE_KEY, table[actions[k]].keys, (size_t)length);
			canvas_click(canvas, row, col, length, actions[k]);
			col += length + 1;
		}
		canvas_text(canvas, row, col, ROLE_TEXT, "%s", word);
		canvas_click(canvas, row, col, canvas_width(word), actions[i]);
		col = at + width + 2;
		i = n;
	}
}
