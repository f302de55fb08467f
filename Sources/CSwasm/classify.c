/* Which trap a fault is. No tables: the text that faulted and the address that it touched tell. */
#include <signal.h>
#include <stddef.h>

#include "faults.h"

const struct swasm_text *swasm_text_at(const struct swasm_store *store, uint64_t address) {
  for (uint64_t i = 0; i < store->text_count; i++)
    if (swasm_contains(store->texts[i].range, address)) return &store->texts[i];
  return NULL;
}

/* `idiv r` or `div r`: [REX] F7 /6 or /7 with a register operand, the only forms that the compiler emits. */
static uint32_t classify_divide(const struct swasm_text *text, const struct swasm_fault *fault) {
  const uint8_t *at = (const uint8_t *)fault->pc;
  if (fault->pc + 3 > text->range.end) return 0;
  uint8_t rex = 0;
  if ((*at & 0xf0) == 0x40) rex = *at++;
  uint8_t modrm = at[1];
  if (at[0] != 0xf7 || modrm >> 6 != 3 || (modrm >> 3 & 6) != 6) return 0;
  uint64_t divisor = fault->registers[(modrm & 7) | (rex & 1) << 3];
  if (!(rex & 8)) divisor = (uint32_t)divisor;
  return divisor == 0 ? SWASM_TRAP_INTEGER_DIVIDE_BY_ZERO : SWASM_TRAP_INTEGER_OVERFLOW;
}

/* Which of the checks of `call_indirect` failed: after the kind come the register with the index times 16 and
   the table. */
static uint32_t classify_indirect_call(
  const struct swasm_text *text, const struct swasm_fault *fault, const uint8_t *operands) {
  uint32_t table = operands[1] | (uint32_t)operands[2] << 8;
  if (operands[0] > 15 || table >= text->table_count) return 0;
  uint64_t index = fault->registers[operands[0]] >> 4;
  const uint64_t *slot = (const uint64_t *)(text->data + text->tables_offset + 16 * table);
  const struct swasm_table *definition = (const struct swasm_table *)slot[1];
  if (index >= definition->element_count) return SWASM_TRAP_UNDEFINED_ELEMENT;
  const struct swasm_table_entry *entries = (const struct swasm_table_entry *)slot[0];
  return entries[index].type == 0 ? SWASM_TRAP_UNINITIALIZED_ELEMENT
                                  : SWASM_TRAP_INDIRECT_CALL_TYPE_MISMATCH;
}

static int is_final(uint64_t kind) {
  return kind >= 1 && kind <= SWASM_TRAP_LAST && kind != SWASM_TRAP_INDIRECT_CALL &&
         kind != SWASM_TRAP_HOST;
}

/* `ud2` and the byte after it. `text` is NULL in the trampolines. */
static uint32_t classify_undefined(
  const struct swasm_text *text, const struct swasm_fault *fault, uint64_t end) {
  const uint8_t *at = (const uint8_t *)fault->pc;
  if (fault->pc + 3 > end || at[0] != 0x0f || at[1] != 0x0b) return 0;
  uint32_t kind = at[2];
  if (is_final(kind)) return kind;
  if (kind == SWASM_TRAP_INDIRECT_CALL && text != NULL && fault->pc + 6 <= end)
    return classify_indirect_call(text, fault, at + 3);
  uint32_t host = (uint32_t)fault->registers[0];
  return kind == SWASM_TRAP_HOST && is_final(host) ? host : 0;
}

static uint32_t classify_access(
  const struct swasm_store *store, const struct swasm_text *text, uint64_t address) {
  /* Libcalls and host functions check bounds themselves: only compiled code may fault here. */
  if (text == NULL) return 0;
  if (swasm_any_contains(store->memories, store->memory_count, address))
    return SWASM_TRAP_MEMORY_OUT_OF_BOUNDS;
  if (swasm_any_contains(store->tables, store->table_count, address))
    return SWASM_TRAP_UNDEFINED_ELEMENT;
  return 0;
}

uint32_t swasm_classify(
  const struct swasm_activation *activation, const struct swasm_fault *fault) {
  const struct swasm_store *store = activation->store;
  const struct swasm_text *text = swasm_text_at(store, fault->pc);
  switch (fault->signal) {
    case SIGFPE: return text != NULL ? classify_divide(text, fault) : 0;
    case SIGILL:
      if (text != NULL) return classify_undefined(text, fault, text->range.end);
      for (uint64_t i = 0; i < store->trampoline_count; i++)
        if (swasm_contains(store->trampolines[i], fault->pc))
          return classify_undefined(NULL, fault, store->trampolines[i].end);
      return 0;
    case SIGSEGV:
    case SIGBUS:
      /* Host functions run on the guest's stack too, so any pc will do. */
      if (swasm_contains(activation->guard, fault->address)) return SWASM_TRAP_STACK_OVERFLOW;
      return classify_access(store, text, fault->address);
    default: return 0;
  }
}
