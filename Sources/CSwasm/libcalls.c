/* Functions of the runtime that compiled code calls; see Libcall. They neither allocate nor trap. */
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "exceptions.h"
#include "lockdown.h"
#include "runtime.h"

/* FIRST_REFERENCE: see ContextLayout.firstFunctionReference. */
enum { FAILED = 1, DONE = 0, HOST_PAGE = 4096, FIRST_REFERENCE = 16 };

/* What a failed growth returns: −1 of the index type, zero-extended. */
static uint64_t no_growth(uint64_t is_64) { return is_64 ? UINT64_MAX : UINT32_MAX; }

static uint64_t host_pages(uint64_t bytes) { return (bytes + HOST_PAGE - 1) & ~(uint64_t)(HOST_PAGE - 1); }

static struct swasm_instance *instance_of(const uint8_t *data) {
  return *(struct swasm_instance *const *)data;
}

static const struct swasm_function_reference *references_of(const uint8_t *data) {
  return *(const struct swasm_function_reference *const *)(data + 8);
}

/* The second word of a 16-byte slot is the definition. */
static struct swasm_memory *memory_of(const uint8_t *data, uint64_t memory) {
  const uint8_t *slot = data + instance_of(data)->memories_offset + 16 * memory;
  return *(struct swasm_memory *const *)(slot + 8);
}

static struct swasm_table *table_of(const uint8_t *data, uint64_t table) {
  const uint8_t *slot = data + instance_of(data)->tables_offset + 16 * table;
  return *(struct swasm_table *const *)(slot + 8);
}

static int in_bounds(uint64_t start, uint64_t length, uint64_t size) {
  return length <= size && start <= size - length;
}

/* Counts what is about to be taken. False when there is not so much left. */
static int take(struct swasm_budget *budget, uint64_t bytes) {
  if (bytes > budget->limit - budget->used) return 0;
  budget->used += bytes;
  return 1;
}

/* Memories */

static int take_memory(struct swasm_budget *budget, uint64_t bytes) {
  if (bytes > budget->memory_limit - budget->memory_used || !take(budget, bytes)) return 0;
  budget->memory_used += bytes;
  return 1;
}

static uint64_t memory_grow(uint8_t *data, uint64_t memory, uint64_t delta) {
  struct swasm_memory *m = memory_of(data, memory);
  uint64_t old = m->byte_length;
  if (delta > (m->maximum_bytes - old) >> m->page_log2) {
    if (m->is_restricted) swasm_note_growth_refused();
    return no_growth(m->is_64);
  }
  uint64_t new = old + (delta << m->page_log2);
  uint64_t open = host_pages(old), more = host_pages(new) - open;
  if (!take_memory(m->budget, more)) {
    swasm_note_growth_refused();
    return no_growth(m->is_64);
  }
  if (more != 0 &&
      swasm_syscall3(SYS_mprotect, (long)(m->base + open), (long)more, PROT_READ | PROT_WRITE) != 0) {
    m->budget->used -= more;
    m->budget->memory_used -= more;
    swasm_note_growth_refused();
    return no_growth(m->is_64);
  }
  m->byte_length = new;
  swasm_note_growth(m->budget);
  return old >> m->page_log2;
}

static uint64_t memory_fill(
  uint8_t *data, uint64_t memory, uint64_t to, uint64_t byte, uint64_t length) {
  struct swasm_memory *m = memory_of(data, memory);
  if (!in_bounds(to, length, m->byte_length)) return FAILED;
  memset((uint8_t *)m->base + to, (int)(byte & 0xff), length);
  return DONE;
}

static uint64_t memory_copy(
  uint8_t *data, uint64_t to_memory, uint64_t from_memory, uint64_t to, uint64_t from,
  uint64_t length) {
  struct swasm_memory *d = memory_of(data, to_memory);
  struct swasm_memory *s = memory_of(data, from_memory);
  if (!in_bounds(to, length, d->byte_length) || !in_bounds(from, length, s->byte_length))
    return FAILED;
  memmove((uint8_t *)d->base + to, (const uint8_t *)s->base + from, length);
  return DONE;
}

static uint64_t memory_init(
  uint8_t *data, uint64_t memory, uint64_t segment, uint64_t to, uint64_t from, uint64_t length) {
  struct swasm_memory *m = memory_of(data, memory);
  const struct swasm_data_segment *s = &instance_of(data)->data_segments[segment];
  if (!in_bounds(from, length, s->length) || !in_bounds(to, length, m->byte_length)) return FAILED;
  if (length != 0) memcpy((uint8_t *)m->base + to, s->bytes + from, length);
  return DONE;
}

static uint64_t data_drop(uint8_t *data, uint64_t segment) {
  instance_of(data)->data_segments[segment].length = 0;
  return DONE;
}

/* The clock is read without a system call, and no policy allows a guest to sleep that does not ask WASI for it. */
static uint64_t memory_wait(uint8_t *data, uint64_t is_equal, int64_t timeout) {
  (void)data;
  if (!is_equal) return 1;
  if (timeout < 0) return 3;
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  do {
    __builtin_ia32_pause();
    clock_gettime(CLOCK_MONOTONIC, &now);
  } while ((now.tv_sec - start.tv_sec) * 1000000000 + (now.tv_nsec - start.tv_nsec) < timeout);
  return 2;
}

/* Tables */

static struct swasm_table_entry *entries_of(const struct swasm_table *table) {
  return (struct swasm_table_entry *)table->base;
}

static struct swasm_table_entry entry_for(
  const uint8_t *data, const struct swasm_table *table, uint64_t reference) {
  if (!table->holds_functions) return (struct swasm_table_entry){reference, 0, 0};
  struct swasm_function_reference function = references_of(data)[reference];
  return (struct swasm_table_entry){function.code, function.type, (uint32_t)reference};
}

static void fill_entries(
  const uint8_t *data, struct swasm_table *table, uint64_t to, uint64_t reference,
  uint64_t length) {
  struct swasm_table_entry entry = entry_for(data, table, reference);
  struct swasm_table_entry *entries = entries_of(table) + to;
  for (uint64_t i = 0; i < length; i++) entries[i] = entry;
}

static uint64_t table_grow(uint8_t *data, uint64_t table, uint64_t reference, uint64_t delta) {
  struct swasm_table *t = table_of(data, table);
  uint64_t old = t->element_count;
  if (delta > t->maximum - old) {
    if (t->is_restricted) swasm_note_growth_refused();
    return no_growth(t->is_64);
  }
  if (!take(t->budget, delta * sizeof(struct swasm_table_entry))) {
    swasm_note_growth_refused();
    return no_growth(t->is_64);
  }
  if (reference != 0) fill_entries(data, t, old, reference, delta);
  t->element_count = old + delta;
  swasm_note_growth(t->budget);
  return old;
}

static uint64_t table_fill(
  uint8_t *data, uint64_t table, uint64_t to, uint64_t reference, uint64_t length) {
  struct swasm_table *t = table_of(data, table);
  if (!in_bounds(to, length, t->element_count)) return FAILED;
  fill_entries(data, t, to, reference, length);
  return DONE;
}

static uint64_t table_copy(
  uint8_t *data, uint64_t to_table, uint64_t from_table, uint64_t to, uint64_t from,
  uint64_t length) {
  struct swasm_table *d = table_of(data, to_table);
  struct swasm_table *s = table_of(data, from_table);
  if (!in_bounds(to, length, d->element_count) || !in_bounds(from, length, s->element_count))
    return FAILED;
  memmove(entries_of(d) + to, entries_of(s) + from, length * sizeof(struct swasm_table_entry));
  return DONE;
}

static uint64_t table_init(
  uint8_t *data, uint64_t table, uint64_t segment, uint64_t to, uint64_t from, uint64_t length) {
  struct swasm_table *t = table_of(data, table);
  const struct swasm_element_segment *s = &instance_of(data)->element_segments[segment];
  if (!in_bounds(from, length, s->length) || !in_bounds(to, length, t->element_count))
    return FAILED;
  struct swasm_table_entry *entries = entries_of(t) + to;
  const uint64_t first = *(const uint32_t *)(data + FIRST_REFERENCE);
  for (uint64_t i = 0; i < length; i++) {
    const uint64_t reference =
      s->functions != NULL ? first + s->functions[from + i] : s->references[from + i];
    entries[i] = entry_for(data, t, reference);
  }
  return DONE;
}

static uint64_t element_drop(uint8_t *data, uint64_t segment) {
  instance_of(data)->element_segments[segment].length = 0;
  return DONE;
}

static uint64_t table_set(uint8_t *data, uint64_t table, uint64_t index, uint64_t reference) {
  struct swasm_table *t = table_of(data, table);
  if (index >= t->element_count) return FAILED;
  entries_of(t)[index] = entry_for(data, t, reference);
  return DONE;
}

/* In the order of Libcall. */
uint64_t swasm_libcall(uint32_t call) {
  void *const addresses[] = {
    (void *)memory_grow, (void *)memory_fill, (void *)memory_copy, (void *)memory_init,
    (void *)data_drop,   (void *)table_grow,  (void *)table_fill,  (void *)table_copy,
    (void *)table_init,  (void *)element_drop, (void *)table_set,
    (void *)swasm_exception_make, (void *)swasm_exception_throw, (void *)memory_wait,
  };
  return call < sizeof addresses / sizeof *addresses ? (uint64_t)addresses[call] : 0;
}

/* Steps */

uint32_t swasm_run_step(const struct swasm_guest_step *step, struct swasm_activation *activation) {
  uint8_t *data = step->data;
  switch (step->kind) {
    case SWASM_GUEST_CALL:
      activation->entry = step->entry;
      activation->code = step->code;
      activation->gs_base = step->gs_base;
      activation->slots = step->slots;
      return swasm_enter(activation) == SWASM_ENTER_RETURNED ? 0 : activation->record->kind;
    case SWASM_GUEST_DATA: {
      uint64_t length = instance_of(data)->data_segments[step->segment].length;
      if (memory_init(data, step->index, step->segment, step->offset, 0, length) == FAILED)
        return SWASM_TRAP_MEMORY_OUT_OF_BOUNDS;
      data_drop(data, step->segment);
      return 0;
    }
    default: {
      uint64_t length = instance_of(data)->element_segments[step->segment].length;
      if (table_init(data, step->index, step->segment, step->offset, 0, length) == FAILED)
        return SWASM_TRAP_TABLE_OUT_OF_BOUNDS;
      element_drop(data, step->segment);
      return 0;
    }
  }
}

static void note_place(struct swasm_trap_record *record, const char *place) {
  uint32_t i = 0;
  for (; place != NULL && place[i] != 0 && i < SWASM_PLACE_SIZE - 1; i++) record->place[i] = place[i];
  record->place[i] = 0;
}

void swasm_run_guest(
  const struct swasm_guest_step *steps, uint64_t count, struct swasm_activation *activation) {
  for (uint64_t i = 0; i < count; i++) {
    note_place(activation->record, steps[i].place);
    uint32_t kind = swasm_run_step(&steps[i], activation);
    if (kind == 0) continue;
    activation->record->kind = kind;
    activation->record->state = SWASM_STATE_TRAPPED;
    swasm_exit_group(SWASM_EXIT_STATUS_TRAP);
  }
  activation->record->state = SWASM_STATE_RETURNED;
}
