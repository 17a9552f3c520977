/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/complete.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "cli/command.h"
#include "cli/database.h"
#include "cli/output.h"

struct completion {
	const char *word; /* what is there of it */
	size_t length;
	struct buf out;
};

static void offer(struct completion *completion, const char *prefix, const char *word, const char *what)
{
	size_t dashes = strlen(prefix);
	bool fits = completion->length <= dashes
	                    ? !strncmp(prefix, completion->word, completion->length)
	                    : !strncmp(prefix, completion->word, dashes) &&
	                              !strncmp(word, completion->word + dashes, completion->length - dashes);

	/* A name that a line or a tab would break is left out. */
	if (fits && !strpbrk(word, "\t\n"))
		buf_printf(&completion->out, "%s%s\t%s\n", prefix, word, what);
}

static void offer_options(struct completion *completion, unsigned place)
{
	for (const struct option *option = option_table; option->name || option->letter; option++) {
		if (!(option->places & place) || !option->help)
			continue;
		if (option->name)
			offer(completion, "--", option->name, _(option->help));
		if (option->opposite)
			offer(completion, "--", option->opposite, _(option->help));
		if (!option->name) {
			char letter[2] = {option->letter, 0};

			offer(completion, "-", letter, _(option->help));
		}
	}
}

static void offer_commands(struct completion *completion)
{
	const struct command *command;

	for (size_t i = 0; (command = command_at(i)); i++)
		offer(completion, "", command->name, _(command->summary));
}

/* Snapshots by id and label, or the machines they are of.  A database that cannot be read has none. */
static void offer_snapshots(struct completion *completion, bool hosts)
{
	struct options options;
	struct snapshot_list list = {0};
	struct store *store = NULL;
	struct err err = {{0}};
	char id[24];

	options_init(&options);
	if (!database_open(&options, false, &store, &err) && !snapshot_list(store, NULL, NULL, NULL, &list, &err))
		for (size_t i = 0; i < list.count; i++) {
			const struct snapshot *snapshot = &list.items[i];
			char time[TEXT_FIGURE];
			bool seen = false;

			for (size_t k = 0; hosts && !seen && k < i; k++)
				seen = !strcmp(list.items[k].host, snapshot->host);
			if (hosts && !seen)
				offer(completion, "", snapshot->host, snapshot->scan_root);
			if (hosts)
				continue;
			snprintf(id, sizeof(id), "%lld", (long long)snapshot->id);
			offer(completion, "", id, text_time(time, snapshot->finished_at));
			if (snapshot->label && *snapshot->label)
				offer(completion, "", snapshot->label, id);
		}
	if (!hosts) {
		offer(completion, "", "latest", _("the newest snapshot"));
		offer(completion, "", "previous", _("the one before"));
	}
	snapshot_list_clear(&list);
	store_close(store);
	options_free(&options);
}

static void offer_values(struct completion *completion, const struct option *option)
{
	const struct option_choice *choice = option->choices;

	for (; choice && choice->name; choice++)
		offer(completion, "", choice->name, "");
	if (option->choices)
		return;
	if (!strcmp(option->argument, "REF"))
		offer_snapshots(completion, false);
	else if (option->name && !strcmp(option->name, "host"))
		offer_snapshots(completion, true);
	else if (!strcmp(option->argument, "FILE"))
		buf_str(&completion->out, ":files\n");
	else if (!strcmp(option->argument, "PATH") || !strcmp(option->argument, "FOLDER"))
		buf_str(&completion->out, ":dirs\n");
}

/* The option that this word is and that waits for its argument in the next one; NULL = none. */
static const struct option *waiting(const char *word)
{
	for (const struct option *option = option_table; option->name || option->letter; option++)
		if (option->argument && ((option->name && !strncmp(word, "--", 2) && !strcmp(word + 2, option->name)) ||
		                         (option->letter && word[0] == '-' && word[1] == option->letter && !word[2])))
			return option;
	return NULL;
}

static void offer_words(struct completion *completion, const struct command *command, bool plain)
{
	if (command == &cmd_browse) {
		offer_commands(completion);
		offer(completion, "", "help", _("the options of a command"));
	}
	if (strstr(command->words, "REF"))
		offer_snapshots(completion, false);
	else if (strstr(command->words, "FILE") || (plain && strstr(command->words, "COMMAND")))
		buf_str(&completion->out, ":files\n");
	else if (command == &cmd_browse || strstr(command->words, "PATH"))
		buf_str(&completion->out, ":dirs\n");
}

int complete(int count, char *const words[])
{
	struct completion completion = {.word = count ? words[count - 1] : ""};
	const struct command *command = &cmd_browse;
	const struct option *option = NULL;
	bool plain = false, help = false;

	/* bash has the `=` of `--format=csv` as a word of its own. */
	for (int i = 0; i < count - 1; i++) {
		const char *word = words[i];

		if (!strcmp(word, "=") && option)
			continue;
		bool value = option != NULL;

		option = value || plain ? NULL : waiting(word);
		plain |= !value && !strcmp(word, "--");
		if (!value && !plain && word[0] != '-' && command == &cmd_browse && command_find(word))
			command = command_find(word);
		help |= i == 0 && !strcmp(word, "help");
	}
	if (option && !strcmp(completion.word, "="))
		completion.word = "";
	/* zsh and fish have it in the word. */
	const char *equals = strchr(completion.word, '=');

	if (!option && equals && !strncmp(completion.word, "--", 2)) {
		struct buf name = {0};

		buf_add(&name, completion.word, (size_t)(equals - completion.word));
		option = name.failed ? NULL : waiting(name.data);
		buf_free(&name);
		if (!option)
			return STATUS_DONE;
		completion.word = equals + 1;
	}
	completion.length = strlen(completion.word);
	if (option)
		offer_values(&completion, option);
	else if (completion.word[0] == '-' && !plain)
		offer_options(&completion, command->place);
	else if (help)
		offer_commands(&completion);
	else
		offer_words(&completion, command, plain);
	return output_text(&completion.out);
}
