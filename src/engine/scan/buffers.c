/* SPDX-FileCopyrightText: 2026 the DiskTracker authors */
/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/scan/scan_state.h"

/* The buffers of a scan: each worker has one to list into, and a huge directory one for each of its slices. */

struct buffer *buffer_get(struct scan *scan)
{
	pthread_mutex_lock(&scan->lock);
	struct buffer *buffer = scan->free_buffers;

	if (buffer) {
		scan->free_buffers = buffer->next;
		scan->free_count--;
		pthread_mutex_unlock(&scan->lock);
	} else {
		pthread_mutex_unlock(&scan->lock);
		buffer = mmap(NULL, SCAN_BUFFER_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (buffer == MAP_FAILED)
			return NULL;
		pthread_mutex_lock(&scan->lock);
		buffer->older = scan->buffers;
		if (scan->buffers)
			scan->buffers->newer = buffer;
		scan->buffers = buffer;
		pthread_mutex_unlock(&scan->lock);
	}
	buffer->next = NULL;
	buffer->huge = NULL;
	buffer->used = 0;
	return buffer;
}

void buffer_put(struct scan *scan, struct buffer *buffer)
{
	block_end(&buffer->listing);
	buffer->huge = NULL;
	pthread_mutex_lock(&scan->lock);
	if (scan->free_count < scan->threads) {
		buffer->next = scan->free_buffers;
		scan->free_buffers = buffer;
		scan->free_count++;
		buffer = NULL;
	} else {
		if (buffer->newer)
			buffer->newer->older = buffer->older;
		else
			scan->buffers = buffer->older;
		if (buffer->older)
			buffer->older->newer = buffer->newer;
	}
	pthread_mutex_unlock(&scan->lock);
	if (buffer)
		munmap(buffer, SCAN_BUFFER_BYTES);
}

void buffers_free(struct scan *scan)
{
	struct huge *left = NULL, *next;

	for (struct buffer *buffer = scan->buffers; buffer; buffer = buffer->older) {
		block_end(&buffer->listing);
		if (!buffer->huge || buffer->huge->first != buffer)
			continue;
		buffer->huge->left = left;
		left = buffer->huge;
	}
	for (; left; left = next) {
		next = left->left;
		if (left->fd >= 0)
			close(left->fd);
		free(left);
	}
	for (struct buffer *buffer = scan->buffers, *older; buffer; buffer = older) {
		older = buffer->older;
		munmap(buffer, SCAN_BUFFER_BYTES);
	}
}
