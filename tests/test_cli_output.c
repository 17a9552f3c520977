/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <criterion/criterion.h>

#include <locale.h>
#include <string.h>

#include "base/alloc.h"
#include "cli/document.h"
#include "cli/output.h"

Test(document, is_readable_and_valid)
{
	struct document json = {0};

	document_object(&json, NULL);
	document_int(&json, "schema", 1);
	document_text(&json, "none", NULL);
	document_array(&json, "entries");
	document_object(&json, NULL);
	document_text(&json, "a", "quote \" newline \n");
	document_uint(&json, "b", UINT64_MAX);
	document_end_object(&json);
	document_object(&json, NULL);
	document_bool(&json, "c", true);
	document_array(&json, "d");
	document_int(&json, NULL, -1);
	document_int(&json, NULL, 2);
	document_end_array(&json);
	document_end_object(&json);
	document_end_array(&json);
	document_array(&json, "empty");
	document_end_array(&json);
	document_end_object(&json);
	cr_expect_str_eq(json.out.data, "{\n"
	                                "  \"schema\": 1,\n"
	                                "  \"none\": null,\n"
	                                "  \"entries\": [\n"
	                                "    {\"a\": \"quote \\\" newline \\u000a\", \"b\": 18446744073709551615},\n"
	                                "    {\"c\": true, \"d\": [-1, 2]}\n"
	                                "  ],\n"
	                                "  \"empty\": []\n"
	                                "}\n");
	document_free(&json);
}

Test(document, paths_keep_their_bytes)
{
	struct document json = {0};

	document_object(&json, NULL);
	document_path(&json, "root", "/a\xff");
	document_array(&json, "entries");
	document_object(&json, NULL);
	document_path(&json, "path", "/caf\xc3\xa9");
	document_path(&json, "path_from", "\xfe");
	document_path(&json, "none", NULL);
	document_end_object(&json);
	document_end_array(&json);
	document_end_object(&json);
	cr_expect_str_eq(
		json.out.data,
		"{\n"
		"  \"root\": \"/a\xef\xbf\xbd\",\n"
		"  \"root_b64\": \"L2H/\",\n"
		"  \"entries\": [\n"
		"    {\"path\": \"/caf\xc3\xa9\", \"path_from\": \"\xef\xbf\xbd\", \"path_from_b64\": \"/g==\","
		" \"none\": null}\n"
		"  ]\n"
		"}\n");
	document_free(&json);
}

static const struct table_column columns[] = {{"size", true}, {"empty", false}, {"name", false}, {"note", false}};

static void fill(struct table *table)
{
	table_begin(table, columns, 4);
	table_delta(table, 1 << 20, false);
	table_cell(table, CELL_PLAIN, "");
	table_cell(table, CELL_PLAIN, "caf\xc3\xa9");
	table_cell(table, CELL_PLAIN, "x");
	table_delta(table, -1, false);
	table_cell(table, CELL_PLAIN, "");
	table_cell(table, CELL_PLAIN, "longer name");
	table_cell(table, CELL_PLAIN, "");
}

Test(table, aligns_by_cells_and_leaves_out_what_is_empty)
{
	struct table table;
	struct buf out = {0};

	setlocale(LC_ALL, "C.UTF-8");
	fill(&table);
	cr_assert_eq(table_finish(&table, false, &out), 0);
	cr_expect_str_eq(out.data, "    size  name         note\n"
	                           "+1.0 MiB  caf\xc3\xa9         x\n"
	                           "    -1 B  longer name\n");
	buf_free(&out);
}

Test(table, paints_growth_and_shrinkage)
{
	struct table table;
	struct buf out = {0};

	fill(&table);
	cr_assert_eq(table_finish(&table, true, &out), 0);
	cr_expect(strstr(out.data, "\033[31m+1.0 MiB\033[0m"));
	cr_expect(strstr(out.data, "\033[32m-1 B\033[0m"));
	cr_expect_null(strstr(out.data, "\033[1mempty"));
	buf_free(&out);
}

Test(table, memory_that_runs_out_is_an_error)
{
	for (long n = 0;; n++) {
		struct table table;
		struct buf out = {0};

		alloc_fail_at(n, false);
		fill(&table);
		int rc = table_finish(&table, false, &out);
		bool reached = alloc_count() > n;

		alloc_fail_at(-1, false);
		buf_free(&out);
		if (!reached) {
			cr_expect_eq(rc, 0);
			break;
		}
		cr_expect_neq(rc, 0);
	}
}
