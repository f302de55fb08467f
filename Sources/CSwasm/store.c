/* The list of what is mapped where. Filled while instantiating, read by the fault handler. */
#include <stdlib.h>

#include "runtime.h"

/* Room for one more; counts that are powers of two are full. Running out of memory here ends the process: it
   happens only before lockdown, on a few hundred bytes. */
static void *with_room(void *items, uint64_t count, uint64_t size) {
  if ((count & (count - 1)) != 0) return items;
  void *more = realloc(items, (count == 0 ? 1 : 2 * count) * size);
  if (more == NULL) abort();
  return more;
}

#define APPEND(items, count, item) \
  (items = with_room(items, count, sizeof *(items)), (items)[(count)++] = (item))

void swasm_store_add_text(struct swasm_store *store, struct swasm_text text) {
  APPEND(store->texts, store->text_count, text);
}

void swasm_store_add_trampolines(struct swasm_store *store, struct swasm_range range) {
  APPEND(store->trampolines, store->trampoline_count, range);
}

void swasm_store_add_memory(struct swasm_store *store, struct swasm_range range) {
  APPEND(store->memories, store->memory_count, range);
}

void swasm_store_add_table(struct swasm_store *store, struct swasm_range range) {
  APPEND(store->tables, store->table_count, range);
}

void swasm_store_free(struct swasm_store *store) {
  free(store->texts);
  free(store->trampolines);
  free(store->memories);
  free(store->tables);
  *store = (struct swasm_store){0};
}
