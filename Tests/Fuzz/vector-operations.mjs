// The vector instructions but the relaxed ones, by number and by what operands they have.
const list = (text) => text.split(' ').flatMap((part) => {
  const [from, to] = part.split('-').map(Number);
  return Array.from({length: (to ?? from) - from + 1}, (_, i) => from + i);
});
export const [V, I, L, F, D] = [0x7b, 0x7f, 0x7e, 0x7d, 0x7c];
export const UNARY = list('77 94-98 103-106 116 117 122 124-129 135-138 148 160 161 167-170 192 193 199-202 224 225 227 236 237 239 248-255');
export const BINARY = list('14 35-76 78-81 101 102 110-115 118-121 123 130 133 134 142-147 149-153 155-159 174 177 181-186 188-191 206 209 213-223 228-235 240-247');
export const TESTS = list('83 99 100 131 132 163 164 195 196');
export const SHIFTS = list('107-109 139-141 171-173 203-205');
// By number: the scalar's type and the number of lanes.
export const SCALARS = {15: [I, 16], 16: [I, 8], 17: [I, 4], 18: [L, 2], 19: [F, 4], 20: [D, 2]};
export const EXTRACTS = {21: [I, 16], 22: [I, 16], 24: [I, 8], 25: [I, 8], 27: [I, 4], 29: [L, 2], 31: [F, 4], 33: [D, 2]};
export const REPLACES = {23: [I, 16], 26: [I, 8], 28: [I, 4], 30: [L, 2], 32: [F, 4], 34: [D, 2]};
// Those whose NaNs are the machine's choice, by the width of their lanes.
export const FLOATS = {32: list('94 103-106 227-233'), 64: list('95 116 117 122 148 239-245')};
export const BITSELECT = 82;
