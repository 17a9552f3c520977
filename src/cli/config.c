/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/i18n.h"
#include "base/text.h"

#define SYSTEM_CONFIG "/etc/disktracker.conf"

static const char blanks[] = " \t\r\n\v\f";

/* One line, without its newline; changed in place. */
static int apply_line(struct options *options, char *line, struct err *err)
{
	bool forgiving = false;
	char *argument = NULL;
	size_t length;

	line += strspn(line, blanks);
	length = strlen(line);
	while (length && strchr(blanks, line[length - 1]))
		line[--length] = '\0';
	if (*line == '@') {
		forgiving = true;
		line++;
	}
	if (!*line || *line == '#')
		return 0;
	size_t name = strcspn(line, " \t=");

	if (line[name]) {
		line[name] = '\0';
		argument = line + name + 1;
		argument += strspn(argument, blanks);
	}
	int rc = options_config(options, line, argument, forgiving, err);

	return forgiving && rc == -EINVAL ? 0 : rc;
}

static int failed(const char *path, size_t number, int rc, const struct err *cause, struct err *err)
{
	struct buf safe = {0};

	text_safe(&safe, path, strlen(path), false);
	if (number)
		err_set(err, rc, _("%s, line %zu: %s; correct the line, put @ before it, or run with --ignore-config"),
		        safe.data ? safe.data : path, number, cause->text);
	else
		err_set(err, rc, _("cannot read %s: %s; run with --ignore-config to do without"),
		        safe.data ? safe.data : path, cause->text);
	buf_free(&safe);
	return rc;
}

int config_read(struct options *options, const char *path, struct err *err)
{
	struct err cause = {{0}};
	struct buf text = {0};
	size_t at = 0, length, number = 0;
	int rc = file_read_text(path, &text, &cause);

	if (rc == -ENOENT || rc == -ENOTDIR)
		rc = 0;
	else if (rc)
		failed(path, 0, rc, &cause, err);
	for (char *line; !rc && (line = file_next_line(&text, &at, &length));) {
		number++;
		if (strlen(line) != length)
			rc = err_set(&cause, -EINVAL, "%s", _("a NUL byte"));
		else
			rc = apply_line(options, line, &cause);
		if (rc)
			failed(path, number, rc, &cause, err);
	}
	buf_free(&text);
	return rc;
}

int config_load(struct options *options, struct err *err)
{
	const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	struct buf path = {0};
	int rc = config_read(options, SYSTEM_CONFIG, err);

	/* The XDG specification has relative values ignored. */
	if (base && *base == '/')
		buf_printf(&path, "%s/disktracker/config", base);
	else if (home && *home == '/')
		buf_printf(&path, "%s/.config/disktracker/config", home);
	if (path.failed)
		rc = err_no_memory(err);
	else if (!rc && path.data)
		rc = config_read(options, path.data, err);
	buf_free(&path);
	return rc;
}
