/* Exceptions: where their values are kept, and the way from a throw to the handler.
 *
 * An exnref is a number that names a row of a table; the row tells the tag and where the values are. Rows and values
 * are used again once nothing refers to them: when there is no room, everything that could be a reference is
 * looked for on the stacks of the activations, in globals and tables, and in the values of exceptions that are
 * still there. What is found by accident is kept too; what compiled code could still reach always is.
 *
 * How many there may be depends on the room that is given, all of which is mapped from the start, because nothing can be
 * later. Looking for what is still there begins long before that is used up: at twice of what was still there last.
 */
#include "exceptions.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "enter.h"
#include "faults.h"

/* Values for a row, on average; rows before anything is looked for the first time. */
enum { SLOTS_PER_ROW = 4, FIRST_ROWS = 1 << 15, HEADER_SIZE = 4096 };
/* The upper half of every exnref, so that few other numbers look like one. */
#define REFERENCE_MARK 0x45584e52ull

struct row {
  /* 0: not in use. */
  uint64_t tag;
  uint32_t start;
  uint32_t slots;
};

struct swasm_exceptions {
  /* What compiled code reads: first, see ContextLayout. */
  struct swasm_caught caught;
  uint64_t (*throw_from_host)(const uint8_t *data, uint64_t return_slot, uint64_t popped);
  const struct swasm_store *store;
  uint64_t last;
  /* Rows from here on were never used; those in front of it that are free make a list through `start`. */
  uint32_t fresh;
  uint32_t free;
  uint32_t top;
  uint32_t pending_count;
  /* How many rows and slots there are room for, and how many may be used before old ones are looked for. */
  uint32_t row_capacity;
  uint32_t slot_capacity;
  uint32_t row_limit;
  uint32_t slot_limit;
  uint64_t mapped_size;
  struct row *rows;
  struct swasm_slot *values;
  struct swasm_slot *spare;
  uint8_t *marked;
  uint32_t *pending;
  /* Cells of globals, and tables. */
  const uint64_t **globals;
  uint64_t global_count;
  const struct swasm_table **tables;
  uint64_t table_count;
};

_Static_assert(offsetof(struct swasm_exceptions, caught) == 0, "compiled code reads it");
_Static_assert(offsetof(struct swasm_exceptions, throw_from_host) == 24, "ContextLayout.hostThrow");

/* As much as is given, or half of it, and so on: where memory is counted when it is mapped there may be less. */
static uint8_t *map_room(uint64_t *size) {
  for (; *size >= 256 << 10; *size /= 2) {
    /* In two steps, as all reservations are made. */
    uint8_t *at = mmap(NULL, *size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) continue;
    if (mprotect(at, *size, PROT_READ | PROT_WRITE) == 0) return at;
    munmap(at, *size);
  }
  return NULL;
}

struct swasm_exceptions *swasm_exceptions_create(const struct swasm_store *store, uint64_t size) {
  size &= ~4095ull;
  uint8_t *at = map_room(&size);
  if (at == NULL) return NULL;
  struct swasm_exceptions *e = (struct swasm_exceptions *)at;
  e->mapped_size = size;
  e->throw_from_host = swasm_exception_throw_from_host;
  e->store = store;
  uint64_t slot_bytes = SLOTS_PER_ROW * sizeof(struct swasm_slot);
  uint64_t row_bytes = sizeof(struct row) + 2 * slot_bytes + sizeof(uint32_t) + 1;
  uint64_t rows = (size - HEADER_SIZE) / row_bytes;
  e->rows = (struct row *)(at += HEADER_SIZE);
  e->values = (struct swasm_slot *)(at += rows * sizeof(struct row));
  e->spare = (struct swasm_slot *)(at += rows * slot_bytes);
  e->pending = (uint32_t *)(at += rows * slot_bytes);
  e->marked = at + rows * sizeof(uint32_t);
  e->row_capacity = (uint32_t)rows;
  e->slot_capacity = (uint32_t)(rows * SLOTS_PER_ROW);
  e->row_limit = rows < FIRST_ROWS ? (uint32_t)rows : FIRST_ROWS;
  e->slot_limit = e->row_limit * SLOTS_PER_ROW;
  /* Row 0 stays unused: its reference would look too much like nothing. */
  e->fresh = 1;
  return e;
}

void swasm_exceptions_free(struct swasm_exceptions *e) {
  if (e == NULL) return;
  free(e->globals);
  free(e->tables);
  munmap(e, e->mapped_size);
}

static void append(const void ***list, uint64_t *count, const void *item) {
  if ((*count & (*count - 1)) == 0) {
    const void **larger = realloc(*list, sizeof item * (*count == 0 ? 1 : 2 * *count));
    if (larger == NULL) abort();
    *list = larger;
  }
  (*list)[(*count)++] = item;
}

void swasm_exceptions_add_global(struct swasm_exceptions *e, const uint64_t *cell) {
  append((const void ***)&e->globals, &e->global_count, cell);
}

void swasm_exceptions_add_table(struct swasm_exceptions *e, const struct swasm_table *table) {
  append((const void ***)&e->tables, &e->table_count, table);
}

/* ---- Making room ---- */

static void mark(struct swasm_exceptions *e, uint64_t word) {
  if (word >> 32 != REFERENCE_MARK) return;
  uint32_t row = (uint32_t)word;
  if (row >= e->fresh || e->rows[row].tag == 0 || e->marked[row]) return;
  e->marked[row] = 1;
  e->pending[e->pending_count++] = row;
}

static void mark_words(struct swasm_exceptions *e, uint64_t start, uint64_t end) {
  for (uint64_t at = start & ~7ull; at + 8 <= end; at += 8) mark(e, *(const uint64_t *)at);
}

static void mark_all(struct swasm_exceptions *e, uint64_t stack_pointer) {
  memset(e->marked, 0, e->fresh);
  e->pending_count = 0;
  const struct swasm_activation *activation = swasm_current;
  mark_words(e, stack_pointer, activation->stack_top);
  for (activation = activation->previous; activation != NULL; activation = activation->previous)
    mark_words(e, activation->guard.end, activation->stack_top);
  for (uint64_t i = 0; i < e->global_count; i++) mark(e, *e->globals[i]);
  for (uint64_t i = 0; i < e->table_count; i++) {
    const struct swasm_table_entry *entries = (const struct swasm_table_entry *)e->tables[i]->base;
    for (uint64_t k = 0; k < e->tables[i]->element_count; k++) mark(e, entries[k].code);
  }
  while (e->pending_count > 0) {
    const struct row *row = &e->rows[e->pending[--e->pending_count]];
    for (uint32_t k = 0; k < row->slots; k++) mark(e, e->values[row->start + k].low);
  }
}

/* Frees the rows that nothing refers to and moves the values of the others together. Returns how many there are of those. */
static uint32_t collect(struct swasm_exceptions *e, uint64_t stack_pointer) {
  mark_all(e, stack_pointer);
  uint32_t kept = 0;
  e->top = 0;
  e->free = 0;
  for (uint32_t i = e->fresh; i-- > 1;) {
    struct row *row = &e->rows[i];
    if (!e->marked[i]) {
      *row = (struct row){0, e->free, 0};
      e->free = i;
      continue;
    }
    kept++;
    memcpy(e->spare + e->top, e->values + row->start, row->slots * sizeof *e->spare);
    row->start = e->top;
    e->top += row->slots;
  }
  struct swasm_slot *values = e->values;
  e->values = e->spare;
  e->spare = values;
  return kept;
}

/* The limit, or twice of it and so on, so that half of it is free; at most the capacity. */
static uint32_t raised(uint32_t limit, uint64_t used, uint32_t capacity) {
  uint64_t raised = limit;
  while (raised < 2 * used && raised < capacity) raised *= 2;
  return raised < capacity ? (uint32_t)raised : capacity;
}

static int has_room(const struct swasm_exceptions *e, uint64_t slots) {
  return (e->free != 0 || e->fresh < e->row_limit) &&
         e->top <= e->slot_limit && slots <= e->slot_limit - e->top;
}

static void make_room(struct swasm_exceptions *e, uint64_t slots, uint64_t stack_pointer) {
  uint32_t kept = collect(e, stack_pointer);
  e->row_limit = raised(e->row_limit, kept + 1ull, e->row_capacity);
  e->slot_limit = raised(e->slot_limit, e->top + slots, e->slot_capacity);
}

static struct swasm_exceptions *exceptions_of(const uint8_t *data) {
  return *(struct swasm_exceptions *const *)(data + 24);
}

uint64_t swasm_exception_make_from(
  const uint8_t *data, uint64_t tag, uint64_t slots, uint64_t stack_pointer) {
  struct swasm_exceptions *e = exceptions_of(data);
  if (!has_room(e, slots)) make_room(e, slots, stack_pointer);
  if (!has_room(e, slots)) return 0;
  uint32_t row = e->free;
  if (row != 0) {
    e->free = e->rows[row].start;
  } else {
    row = e->fresh++;
  }
  e->rows[row] = (struct row){tag, e->top, (uint32_t)slots};
  struct swasm_slot *values = e->values + e->top;
  memset(values, 0, slots * sizeof *values);
  e->top += (uint32_t)slots;
  e->last = REFERENCE_MARK << 32 | row;
  return (uint64_t)values;
}

uint32_t swasm_host_throw(
  const uint8_t *data, uint64_t tag, const struct swasm_slot *values, uint64_t count) {
  if (exceptions_of(data) == NULL) return SWASM_TRAP_UNCAUGHT_EXCEPTION;
  uint64_t payload = swasm_exception_make(data, tag, count);
  if (payload == 0) return SWASM_TRAP_EXCEPTIONS_EXHAUSTED;
  memcpy((void *)payload, values, count * sizeof *values);
  return SWASM_HOST_THROWN;
}

uint32_t swasm_host_throw_again(const uint8_t *data) {
  const struct swasm_exceptions *e = exceptions_of(data);
  return e == NULL || e->last == 0 ? SWASM_TRAP_UNCAUGHT_EXCEPTION : SWASM_HOST_THROWN;
}

/* ---- Throwing ---- */

static uint32_t landing_at(const struct swasm_text *text, uint32_t return_address) {
  uint64_t low = 0, high = text->landing_count;
  while (low < high) {
    uint64_t middle = (low + high) / 2;
    if (text->landings[middle].return_address < return_address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < text->landing_count && text->landings[low].return_address == return_address
           ? text->landings[low].target
           : 0;
}

/* Gives the saved registers, in the order rbx rbp r12–r15, the values that they have in the caller. */
static void restore(uint64_t registers[6], uint32_t saved, uint64_t return_slot) {
  uint64_t at = return_slot;
  for (int i = 0; i < 6; i++)
    if (saved >> i & 1) registers[i] = *(const uint64_t *)(at -= 8);
}

static void catch(struct swasm_exceptions *e, uint64_t reference) {
  const struct row *row = &e->rows[(uint32_t)reference];
  e->caught = (struct swasm_caught){reference, row->tag, (uint64_t)(e->values + row->start)};
}

struct swasm_landing_place swasm_exception_throw_from(
  const uint8_t *data, uint64_t reference, uint64_t registers[6], uint64_t return_slot,
  uint64_t popped) {
  struct swasm_exceptions *e = exceptions_of(data);
  struct swasm_landing_place none = {0, 0};
  if (reference == 0) reference = e->last;
  uint32_t row = (uint32_t)reference;
  if (reference >> 32 != REFERENCE_MARK || row >= e->fresh || e->rows[row].tag == 0) return none;
  e->last = reference;
  const struct swasm_text *text = NULL;
  for (;;) {
    uint64_t pc = *(const uint64_t *)return_slot;
    if (text == NULL || !swasm_contains(text->range, pc)) text = swasm_text_at(e->store, pc);
    if (text == NULL) return none;
    const struct swasm_frame_row *frame = swasm_frame_row_at(text, pc);
    if (frame == NULL) return none;
    uint64_t sp = return_slot + 8 + popped - swasm_bytes_taken_after_call(text, pc);
    uint32_t landing = landing_at(text, (uint32_t)(pc - text->range.start));
    if (landing != 0) {
      catch(e, reference);
      return (struct swasm_landing_place){text->range.start + landing, sp};
    }
    return_slot = sp + frame->frame_size + swasm_pushed_bytes(frame);
    restore(registers, frame->saved_registers, return_slot);
    popped = frame->popped_bytes;
  }
}
