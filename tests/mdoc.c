/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests/manual.sh holds the manual pages against: the tables of commands and options, as the program has them.
 *
 *   mdoc commands           NAME, its summary, its example and its words, with tabs between them, a command a line
 *   mdoc options PLACE      the options of a command, of `browser` or of a `config` file, as a list of mdoc(7) has
 *                           them: a head, and one sentence
 *   mdoc keys               the keys of the browser, likewise
 *   mdoc accepts WORD...    does the command line parse?
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "ui/screens/actions.h"

enum { WIDTH = 78 };

/* A sentence of the table: lines of words, none of which is taken for a request, nor its dashes for hyphens. */
static void sentence(const char *text)
{
	size_t at = 0;

	for (bool first = true; *text; first = false) {
		char word[200];
		size_t n = 0, length = strcspn(text, " ");

		if (!first && at + 1 + length > WIDTH)
			at = 0, putchar('\n');
		else if (!first)
			at += (size_t)printf(" ");
		if (!at && (*text == '.' || *text == '\''))
			n += (size_t)sprintf(word, "\\&");
		for (size_t i = 0; i < length && n < sizeof word - 4; i++) {
			bool dash = text[i] == '-' && (i == 0 || !isalnum((unsigned char)text[i - 1]));

			if (dash)
				word[n++] = '\\';
			word[n++] = first && i == 0 ? (char)toupper((unsigned char)text[i]) : text[i];
		}
		at += (size_t)printf("%.*s", (int)n, word);
		text += length;
		text += strspn(text, " ");
	}
	puts(".");
}

static void option(const struct option *option)
{
	const char *comma = "";

	printf(".It");
	if (option->letter) {
		printf(" Fl %c", option->letter);
		comma = " ,";
	}
	if (option->name) {
		printf("%s Fl -%s", comma, option->name);
		comma = " ,";
	}
	if (option->argument) {
		bool choice = strchr(option->argument, '|') != NULL;

		printf(" %s ", choice ? "Cm" : "Ar");
		for (const char *c = option->argument; *c; c++)
			printf(*c == '|' ? " | " : "%c", choice ? *c : tolower((unsigned char)*c));
	}
	if (option->opposite)
		printf("%s Fl -%s", comma, option->opposite);
	putchar('\n');
	sentence(option->help);
}

static int options(const char *name)
{
	const struct command *command = command_find(name);
	unsigned place = command ? command->place : !strcmp(name, "browser") ? IN_BROWSE : IN_CONFIG;

	if (!command && strcmp(name, "browser") && strcmp(name, "config"))
		return 1;
	/* A command's own first, then what all have. */
	for (int all = 0; all < 2; all++)
		for (const struct option *row = option_table; row->name || row->letter; row++)
			if (row->help && row->places & place && ((row->places & IN_COMMANDS) == IN_COMMANDS) == all)
				option(row);
	return 0;
}

static void keys(void)
{
	for (enum action action = ACTION_NONE + 1; action < ACTION_COUNT; action++) {
		const struct action_info *info = action_info(action);
		const char *key = info->keys;

		if (!(info->contexts & CONTEXT_BROWSER) || info->group == GROUP_NONE)
			continue;
		printf(".It Ic");
		while (*key) {
			size_t length = strcspn(key, " ");

			if (length == 2 && *key == '^')
				printf(" Ctrl-%c", key[1]);
			else
				printf(" %s%.*s", length == 1 && ispunct((unsigned char)*key) ? "\\&" : "", (int)length,
				       key);
			key += length;
			key += *key == ' ';
			if (*key)
				printf(" ,");
		}
		putchar('\n');
		sentence(info->help);
	}
}

static int accepts(int argc, char *argv[])
{
	struct options_glance glance;
	struct options options;
	struct err err = {{0}};

	options_glance(argc, argv, &glance);
	const struct command *command = glance.word ? command_find(glance.word) : NULL;

	options_init(&options);
	int rc = options_parse(&options, argc, argv, command ? command->place : IN_BROWSE,
	                       command ? command->name : NULL, &err);

	if (rc)
		printf("%s\n", err.text);
	else if (command && (options.word_count < command->least_words || options.word_count > command->most_words))
		printf("%s: too few or too many words\n", command->name);
	else if (!command && options.word_count > 1)
		printf("%s is no command\n", glance.word);
	else
		rc = 0;
	options_free(&options);
	return rc != 0;
}

int main(int argc, char *argv[])
{
	const struct command *command;

	if (argc == 2 && !strcmp(argv[1], "commands")) {
		for (size_t i = 0; (command = command_at(i)); i++)
			printf("%s\t%s\t%s\t%s\n", command->name, command->summary,
			       command->example ? command->example : "no example", command->words);
		return 0;
	}
	if (argc == 3 && !strcmp(argv[1], "options"))
		return options(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "keys")) {
		keys();
		return 0;
	}
	if (argc > 2 && !strcmp(argv[1], "accepts"))
		return accepts(argc - 1, argv + 1);
	return 2;
}
