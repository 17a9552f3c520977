/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef STORE_CAUSES_RULES_H
#define STORE_CAUSES_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * What fills disks, as data: causes with the paths they are known by.  Read from plain text (disktracker-causes(5)):
 * the file that is shipped, then /etc/disktracker/causes, then $XDG_CONFIG_HOME/disktracker/causes.  A later file adds
 * causes and replaces those of the same name.  Immutable once loaded; any thread reads.
 */

/** What becomes of it when it is deleted; the least dangerous first. */
enum cause_class {
	CAUSE_REGENERATED, /* made again by itself */
	CAUSE_DOWNLOADED,  /* fetched again over the network */
	CAUSE_BUILT,       /* built again, which takes time */
	CAUSE_SERVICE,     /* a service's own: never by hand, only by its command */
	CAUSE_PERSONAL,    /* a person's data: no advice */
	CAUSE_CLASSES
};

/** A name that has to lie beside the directory, or in it: any of several. */
struct cause_marker {
	char **names; /* globs of one component */
	size_t count;
	bool beside; /* else in it */
	bool is_dir; /* written with a slash at its end: a directory, so that no list of files has to be read */
};

struct cause_pattern {
	char *text; /* as written, its braces expanded */
	uint32_t rule;
	bool is_file;                 /* of entries that are no directories */
	bool floating;                /* begins anywhere: `**` + `/...` */
	struct cause_marker *markers; /* all of them have to be there */
	size_t marker_count;
};

struct cause_rule {
	char *name; /* may have one `*`: what the first `*` of the pattern stood for */
	enum cause_class class;
	char *command; /* `{}` in it: the directory; `{..}`: the one it lies in; NULL = none is known */
	char *again;   /* what brings it back, or NULL */
	char *caution; /* or NULL */
	char *source;  /* who says that the command does it */
	bool whole;    /* what lies in it is not taken by patterns that begin anywhere */
	bool some;     /* the command gives back only what is unused: nobody knows how much */
	bool tagged;   /* of directories with a CACHEDIR.TAG that no other cause takes */
	bool off;      /* switched off by a later file */
	unsigned line; /* where it was defined */
};

struct cause_rules {
	struct cause_rule *rules;
	size_t count, capacity;
	struct cause_pattern *patterns;
	size_t pattern_count, pattern_capacity;
	struct cause_rules_file {
		char *path;
		size_t causes;
	} files[3]; /* that were read */
	size_t file_count;
};

/** Its word in files of causes and in JSON; people read it translated. */
const char *cause_class_name(enum cause_class class);

/** One text on top of what is there; `path` is what mistakes are told of.  -EINVAL: `mistakes` has a line for each. */
int cause_rules_parse(struct cause_rules *rules, const char *path, struct buf *text, struct buf *mistakes);

/**
 * Those that hold for this person.  -EINVAL with the first mistake in `err`, all of them in `mistakes` (may be NULL);
 * what is right in the files is there nevertheless.  -ENOENT when the shipped file is not to be found.
 */
int cause_rules_load(struct cause_rules *rules, struct buf *mistakes, struct err *err);

void cause_rules_clear(struct cause_rules *rules);

/** Append the command, `{}` and `{..}` replaced by the path, and what it lies in, as words for a shell. */
int cause_command(struct buf *out, const struct cause_rule *rule, const char *path);

#endif
