// The decode tables as code, written from the rows by tables.ts: UPDATE_GOLDENS=1 in the test of this file writes it anew.
// Each function puts the fields of `word` into `f` and returns its row among BASE_ROWS, -1 when it is no instruction.

import type { Fields } from './formats.ts';

export function decode32(word: number, f: Fields): number {
  switch (word & 127) {
    case 3:
      switch ((word >>> 12) & 7) {
        case 0:
          if ((word & 0x707f) === 0x3) { // lb
            f.imm = word >> 20;
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 29;
          }
          return -1;
        case 1:
          if ((word & 0x707f) === 0x1003) { // lh
            f.imm = word >> 20;
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 30;
          }
          return -1;
        case 2:
          if ((word & 0x707f) === 0x2003) { // lw
            f.imm = word >> 20;
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 31;
          }
          return -1;
        case 3:
          if ((word & 0x707f) === 0x3003) { // ld
            f.imm = word >> 20;
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 52;
          }
          return -1;
        case 4:
          if ((word & 0x707f) === 0x4003) { // lbu
            f.imm = word >> 20;
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 32;
          }
          return -1;
        case 5:
          if ((word & 0x707f) === 0x5003) { // lhu
            f.imm = word >> 20;
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 33;
          }
          return -1;
        case 6:
          if ((word & 0x707f) === 0x6003) { // lwu
            f.imm = word >> 20;
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 51;
          }
          return -1;
        default:
          return -1;
      }
    case 7:
      if ((word & 0x707f) === 0x2007) { // flw
        f.imm = word >> 20;
        f.rs1 = ((word >>> 15) & 31);
        f.rd = ((word >>> 7) & 31);
        return 89;
      }
      if ((word & 0x707f) === 0x3007) { // fld
        f.imm = word >> 20;
        f.rs1 = ((word >>> 15) & 31);
        f.rd = ((word >>> 7) & 31);
        return 119;
      }
      return -1;
    case 15:
      switch ((word >>> 12) & 1) {
        case 0:
          if ((word & 0x707f) === 0xf && (word & -1) !== 0x100000f && (word & -1) !== -2094006257) { // fence
            return 37;
          }
          if ((word & -1) === -2094006257) { // fence.tso
            return 38;
          }
          if ((word & -1) === 0x100000f) { // pause
            return 39;
          }
          return -1;
        case 1:
          if ((word & 0x707f) === 0x100f) { // fence.i
            return 157;
          }
          return -1;
        default:
          return -1;
      }
    case 19:
      switch ((word >>> 12) & 7) {
        case 0:
          if ((word & 0x707f) === 0x13) { // addi
            f.imm = word >> 20;
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 2;
          }
          return -1;
        case 1:
          switch ((word >>> 26) & 15) {
            case 0:
              if ((word & -67080065) === 0x1013) { // slli
                f.imm = ((word >>> 20) & 63);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 8;
              }
              return -1;
            case 2:
              if ((word & -67080065) === 0x48001013) { // bclri
                f.imm = ((word >>> 20) & 63);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 191;
              }
              return -1;
            case 8:
              switch ((word >>> 20) & 7) {
                case 0:
                  if ((word & -1019777) === 0x60001013) { // clz
                    f.rs1 = ((word >>> 15) & 31);
                    f.rd = ((word >>> 7) & 31);
                    return 169;
                  }
                  return -1;
                case 1:
                  if ((word & -1019777) === 0x60101013) { // ctz
                    f.rs1 = ((word >>> 15) & 31);
                    f.rd = ((word >>> 7) & 31);
                    return 170;
                  }
                  return -1;
                case 2:
                  if ((word & -1019777) === 0x60201013) { // cpop
                    f.rs1 = ((word >>> 15) & 31);
                    f.rd = ((word >>> 7) & 31);
                    return 171;
                  }
                  return -1;
                case 4:
                  if ((word & -1019777) === 0x60401013) { // sext.b
                    f.rs1 = ((word >>> 15) & 31);
                    f.rd = ((word >>> 7) & 31);
                    return 179;
                  }
                  return -1;
                case 5:
                  if ((word & -1019777) === 0x60501013) { // sext.h
                    f.rs1 = ((word >>> 15) & 31);
                    f.rd = ((word >>> 7) & 31);
                    return 180;
                  }
                  return -1;
                default:
                  return -1;
              }
            case 10:
              if ((word & -67080065) === 0x68001013) { // binvi
                f.imm = ((word >>> 20) & 63);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 195;
              }
              if ((word & -67080065) === 0x28001013) { // bseti
                f.imm = ((word >>> 20) & 63);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 197;
              }
              return -1;
            default:
              return -1;
          }
        case 2:
          if ((word & 0x707f) === 0x2013) { // slti
            f.imm = word >> 20;
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 3;
          }
          return -1;
        case 3:
          if ((word & 0x707f) === 0x3013) { // sltiu
            f.imm = word >> 20;
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 4;
          }
          return -1;
        case 4:
          if ((word & 0x707f) === 0x4013) { // xori
            f.imm = word >> 20;
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 5;
          }
          return -1;
        case 5:
          switch ((word >>> 26) & 31) {
            case 0:
              if ((word & -67080065) === 0x5013) { // srli
                f.imm = ((word >>> 20) & 63);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 9;
              }
              return -1;
            case 10:
              if ((word & -1019777) === 0x28705013) { // orc.b
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 188;
              }
              return -1;
            case 16:
              if ((word & -67080065) === 0x40005013) { // srai
                f.imm = ((word >>> 20) & 63);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 10;
              }
              return -1;
            case 18:
              if ((word & -67080065) === 0x48005013) { // bexti
                f.imm = ((word >>> 20) & 63);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 193;
              }
              return -1;
            case 24:
              if ((word & -67080065) === 0x60005013) { // rori
                f.imm = ((word >>> 20) & 63);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 184;
              }
              return -1;
            case 26:
              if ((word & -1019777) === 0x6b805013) { // rev8
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 189;
              }
              return -1;
            default:
              return -1;
          }
        case 6:
          if ((word & 0x707f) === 0x6013) { // ori
            f.imm = word >> 20;
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 6;
          }
          return -1;
        case 7:
          if ((word & 0x707f) === 0x7013) { // andi
            f.imm = word >> 20;
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 7;
          }
          return -1;
        default:
          return -1;
      }
    case 23:
      if ((word & 0x7f) === 0x17) { // auipc
        f.imm = (((word >>> 12) & 1048575) << 12);
        f.rd = ((word >>> 7) & 31);
        return 1;
      }
      return -1;
    case 27:
      switch ((word >>> 12) & 7) {
        case 0:
          if ((word & 0x707f) === 0x1b) { // addiw
            f.imm = word >> 20;
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 42;
          }
          return -1;
        case 1:
          switch ((word >>> 26) & 15) {
            case 0:
              if ((word & -33525633) === 0x101b) { // slliw
                f.imm = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 43;
              }
              return -1;
            case 2:
              if ((word & -67080065) === 0x800101b) { // slli.uw
                f.imm = ((word >>> 20) & 63);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 165;
              }
              return -1;
            case 8:
              switch ((word >>> 20) & 3) {
                case 0:
                  if ((word & -1019777) === 0x6000101b) { // clzw
                    f.rs1 = ((word >>> 15) & 31);
                    f.rd = ((word >>> 7) & 31);
                    return 172;
                  }
                  return -1;
                case 1:
                  if ((word & -1019777) === 0x6010101b) { // ctzw
                    f.rs1 = ((word >>> 15) & 31);
                    f.rd = ((word >>> 7) & 31);
                    return 173;
                  }
                  return -1;
                case 2:
                  if ((word & -1019777) === 0x6020101b) { // cpopw
                    f.rs1 = ((word >>> 15) & 31);
                    f.rd = ((word >>> 7) & 31);
                    return 174;
                  }
                  return -1;
                default:
                  return -1;
              }
            default:
              return -1;
          }
        case 5:
          switch ((word >>> 25) & 63) {
            case 0:
              if ((word & -33525633) === 0x501b) { // srliw
                f.imm = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 44;
              }
              return -1;
            case 32:
              if ((word & -33525633) === 0x4000501b) { // sraiw
                f.imm = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 45;
              }
              return -1;
            case 48:
              if ((word & -33525633) === 0x6000501b) { // roriw
                f.imm = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 187;
              }
              return -1;
            default:
              return -1;
          }
        default:
          return -1;
      }
    case 35:
      switch ((word >>> 12) & 3) {
        case 0:
          if ((word & 0x707f) === 0x23) { // sb
            f.imm = ((((((word >>> 25) & 127) << 5) | ((word >>> 7) & 31)) << 20) >> 20);
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            return 34;
          }
          return -1;
        case 1:
          if ((word & 0x707f) === 0x1023) { // sh
            f.imm = ((((((word >>> 25) & 127) << 5) | ((word >>> 7) & 31)) << 20) >> 20);
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            return 35;
          }
          return -1;
        case 2:
          if ((word & 0x707f) === 0x2023) { // sw
            f.imm = ((((((word >>> 25) & 127) << 5) | ((word >>> 7) & 31)) << 20) >> 20);
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            return 36;
          }
          return -1;
        case 3:
          if ((word & 0x707f) === 0x3023) { // sd
            f.imm = ((((((word >>> 25) & 127) << 5) | ((word >>> 7) & 31)) << 20) >> 20);
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            return 53;
          }
          return -1;
        default:
          return -1;
      }
    case 39:
      if ((word & 0x707f) === 0x2027) { // fsw
        f.imm = ((((((word >>> 25) & 127) << 5) | ((word >>> 7) & 31)) << 20) >> 20);
        f.rs2 = ((word >>> 20) & 31);
        f.rs1 = ((word >>> 15) & 31);
        return 90;
      }
      if ((word & 0x707f) === 0x3027) { // fsd
        f.imm = ((((((word >>> 25) & 127) << 5) | ((word >>> 7) & 31)) << 20) >> 20);
        f.rs2 = ((word >>> 20) & 31);
        f.rs1 = ((word >>> 15) & 31);
        return 120;
      }
      return -1;
    case 47:
      switch ((word >>> 27) & 31) {
        case 0:
          if ((word & -134188929) === 0x202f) { // amoadd.w
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 70;
          }
          if ((word & -134188929) === 0x302f) { // amoadd.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 81;
          }
          return -1;
        case 1:
          if ((word & -134188929) === 0x800202f) { // amoswap.w
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 69;
          }
          if ((word & -134188929) === 0x800302f) { // amoswap.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 80;
          }
          return -1;
        case 2:
          if ((word & -101683073) === 0x1000202f) { // lr.w
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 67;
          }
          if ((word & -101683073) === 0x1000302f) { // lr.d
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 78;
          }
          return -1;
        case 3:
          if ((word & -134188929) === 0x1800202f) { // sc.w
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 68;
          }
          if ((word & -134188929) === 0x1800302f) { // sc.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 79;
          }
          return -1;
        case 4:
          if ((word & -134188929) === 0x2000202f) { // amoxor.w
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 71;
          }
          if ((word & -134188929) === 0x2000302f) { // amoxor.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 82;
          }
          return -1;
        case 8:
          if ((word & -134188929) === 0x4000202f) { // amoor.w
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 73;
          }
          if ((word & -134188929) === 0x4000302f) { // amoor.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 84;
          }
          return -1;
        case 12:
          if ((word & -134188929) === 0x6000202f) { // amoand.w
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 72;
          }
          if ((word & -134188929) === 0x6000302f) { // amoand.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 83;
          }
          return -1;
        case 16:
          if ((word & -134188929) === -2147475409) { // amomin.w
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 74;
          }
          if ((word & -134188929) === -2147471313) { // amomin.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 85;
          }
          return -1;
        case 20:
          if ((word & -134188929) === -1610604497) { // amomax.w
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 75;
          }
          if ((word & -134188929) === -1610600401) { // amomax.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 86;
          }
          return -1;
        case 24:
          if ((word & -134188929) === -1073733585) { // amominu.w
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 76;
          }
          if ((word & -134188929) === -1073729489) { // amominu.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 87;
          }
          return -1;
        case 28:
          if ((word & -134188929) === -536862673) { // amomaxu.w
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 77;
          }
          if ((word & -134188929) === -536858577) { // amomaxu.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 88;
          }
          return -1;
        default:
          return -1;
      }
    case 51:
      switch ((word >>> 12) & 7) {
        case 0:
          switch ((word >>> 25) & 63) {
            case 0:
              if ((word & -33525633) === 0x33) { // add
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 11;
              }
              return -1;
            case 1:
              if ((word & -33525633) === 0x2000033) { // mul
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 54;
              }
              return -1;
            case 32:
              if ((word & -33525633) === 0x40000033) { // sub
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 12;
              }
              return -1;
            default:
              return -1;
          }
        case 1:
          switch ((word >>> 25) & 63) {
            case 0:
              if ((word & -33525633) === 0x1033) { // sll
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 13;
              }
              return -1;
            case 1:
              if ((word & -33525633) === 0x2001033) { // mulh
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 55;
              }
              return -1;
            case 20:
              if ((word & -33525633) === 0x28001033) { // bset
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 196;
              }
              return -1;
            case 36:
              if ((word & -33525633) === 0x48001033) { // bclr
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 190;
              }
              return -1;
            case 48:
              if ((word & -33525633) === 0x60001033) { // rol
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 182;
              }
              return -1;
            case 52:
              if ((word & -33525633) === 0x68001033) { // binv
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 194;
              }
              return -1;
            default:
              return -1;
          }
        case 2:
          switch ((word >>> 25) & 31) {
            case 0:
              if ((word & -33525633) === 0x2033) { // slt
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 14;
              }
              return -1;
            case 1:
              if ((word & -33525633) === 0x2002033) { // mulhsu
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 56;
              }
              return -1;
            case 16:
              if ((word & -33525633) === 0x20002033) { // sh1add
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 159;
              }
              return -1;
            default:
              return -1;
          }
        case 3:
          if ((word & -33525633) === 0x3033) { // sltu
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 15;
          }
          if ((word & -33525633) === 0x2003033) { // mulhu
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 57;
          }
          return -1;
        case 4:
          switch ((word >>> 25) & 63) {
            case 0:
              if ((word & -33525633) === 0x4033) { // xor
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 16;
              }
              return -1;
            case 1:
              if ((word & -33525633) === 0x2004033) { // div
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 59;
              }
              return -1;
            case 5:
              if ((word & -33525633) === 0xa004033) { // min
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 175;
              }
              return -1;
            case 16:
              if ((word & -33525633) === 0x20004033) { // sh2add
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 160;
              }
              return -1;
            case 32:
              if ((word & -33525633) === 0x40004033) { // xnor
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 168;
              }
              return -1;
            default:
              return -1;
          }
        case 5:
          switch ((word >>> 25) & 63) {
            case 0:
              if ((word & -33525633) === 0x5033) { // srl
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 17;
              }
              return -1;
            case 1:
              if ((word & -33525633) === 0x2005033) { // divu
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 60;
              }
              return -1;
            case 5:
              if ((word & -33525633) === 0xa005033) { // minu
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 176;
              }
              return -1;
            case 32:
              if ((word & -33525633) === 0x40005033) { // sra
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 18;
              }
              return -1;
            case 36:
              if ((word & -33525633) === 0x48005033) { // bext
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 192;
              }
              return -1;
            case 48:
              if ((word & -33525633) === 0x60005033) { // ror
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 183;
              }
              return -1;
            default:
              return -1;
          }
        case 6:
          switch ((word >>> 25) & 63) {
            case 0:
              if ((word & -33525633) === 0x6033) { // or
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 19;
              }
              return -1;
            case 1:
              if ((word & -33525633) === 0x2006033) { // rem
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 61;
              }
              return -1;
            case 5:
              if ((word & -33525633) === 0xa006033) { // max
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 177;
              }
              return -1;
            case 16:
              if ((word & -33525633) === 0x20006033) { // sh3add
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 161;
              }
              return -1;
            case 32:
              if ((word & -33525633) === 0x40006033) { // orn
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 167;
              }
              return -1;
            default:
              return -1;
          }
        case 7:
          switch ((word >>> 25) & 63) {
            case 0:
              if ((word & -33525633) === 0x7033) { // and
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 20;
              }
              return -1;
            case 1:
              if ((word & -33525633) === 0x2007033) { // remu
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 62;
              }
              return -1;
            case 5:
              if ((word & -33525633) === 0xa007033) { // maxu
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 178;
              }
              return -1;
            case 32:
              if ((word & -33525633) === 0x40007033) { // andn
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 166;
              }
              return -1;
            default:
              return -1;
          }
        default:
          return -1;
      }
    case 55:
      if ((word & 0x7f) === 0x37) { // lui
        f.imm = (((word >>> 12) & 1048575) << 12);
        f.rd = ((word >>> 7) & 31);
        return 0;
      }
      return -1;
    case 59:
      switch ((word >>> 12) & 7) {
        case 0:
          switch ((word >>> 25) & 63) {
            case 0:
              if ((word & -33525633) === 0x3b) { // addw
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 46;
              }
              return -1;
            case 1:
              if ((word & -33525633) === 0x200003b) { // mulw
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 58;
              }
              return -1;
            case 4:
              if ((word & -33525633) === 0x800003b) { // add.uw
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 158;
              }
              return -1;
            case 32:
              if ((word & -33525633) === 0x4000003b) { // subw
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 47;
              }
              return -1;
            default:
              return -1;
          }
        case 1:
          if ((word & -33525633) === 0x103b) { // sllw
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 48;
          }
          if ((word & -33525633) === 0x6000103b) { // rolw
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 185;
          }
          return -1;
        case 2:
          if ((word & -33525633) === 0x2000203b) { // sh1add.uw
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 162;
          }
          return -1;
        case 4:
          switch ((word >>> 25) & 7) {
            case 0:
              if ((word & -33525633) === 0x2000403b) { // sh2add.uw
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 163;
              }
              return -1;
            case 1:
              if ((word & -33525633) === 0x200403b) { // divw
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 63;
              }
              return -1;
            case 4:
              if ((word & -1019777) === 0x800403b) { // zext.h
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 181;
              }
              return -1;
            default:
              return -1;
          }
        case 5:
          switch ((word >>> 25) & 63) {
            case 0:
              if ((word & -33525633) === 0x503b) { // srlw
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 49;
              }
              return -1;
            case 1:
              if ((word & -33525633) === 0x200503b) { // divuw
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 64;
              }
              return -1;
            case 32:
              if ((word & -33525633) === 0x4000503b) { // sraw
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 50;
              }
              return -1;
            case 48:
              if ((word & -33525633) === 0x6000503b) { // rorw
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 186;
              }
              return -1;
            default:
              return -1;
          }
        case 6:
          if ((word & -33525633) === 0x200603b) { // remw
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 65;
          }
          if ((word & -33525633) === 0x2000603b) { // sh3add.uw
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 164;
          }
          return -1;
        case 7:
          if ((word & -33525633) === 0x200703b) { // remuw
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 66;
          }
          return -1;
        default:
          return -1;
      }
    case 67:
      if ((word & 0x600007f) === 0x43) { // fmadd.s
        f.rs3 = ((word >>> 27) & 31);
        f.rs2 = ((word >>> 20) & 31);
        f.rs1 = ((word >>> 15) & 31);
        f.rm = ((word >>> 12) & 7);
        f.rd = ((word >>> 7) & 31);
        return 91;
      }
      if ((word & 0x600007f) === 0x2000043) { // fmadd.d
        f.rs3 = ((word >>> 27) & 31);
        f.rs2 = ((word >>> 20) & 31);
        f.rs1 = ((word >>> 15) & 31);
        f.rm = ((word >>> 12) & 7);
        f.rd = ((word >>> 7) & 31);
        return 121;
      }
      return -1;
    case 71:
      if ((word & 0x600007f) === 0x47) { // fmsub.s
        f.rs3 = ((word >>> 27) & 31);
        f.rs2 = ((word >>> 20) & 31);
        f.rs1 = ((word >>> 15) & 31);
        f.rm = ((word >>> 12) & 7);
        f.rd = ((word >>> 7) & 31);
        return 92;
      }
      if ((word & 0x600007f) === 0x2000047) { // fmsub.d
        f.rs3 = ((word >>> 27) & 31);
        f.rs2 = ((word >>> 20) & 31);
        f.rs1 = ((word >>> 15) & 31);
        f.rm = ((word >>> 12) & 7);
        f.rd = ((word >>> 7) & 31);
        return 122;
      }
      return -1;
    case 75:
      if ((word & 0x600007f) === 0x4b) { // fnmsub.s
        f.rs3 = ((word >>> 27) & 31);
        f.rs2 = ((word >>> 20) & 31);
        f.rs1 = ((word >>> 15) & 31);
        f.rm = ((word >>> 12) & 7);
        f.rd = ((word >>> 7) & 31);
        return 93;
      }
      if ((word & 0x600007f) === 0x200004b) { // fnmsub.d
        f.rs3 = ((word >>> 27) & 31);
        f.rs2 = ((word >>> 20) & 31);
        f.rs1 = ((word >>> 15) & 31);
        f.rm = ((word >>> 12) & 7);
        f.rd = ((word >>> 7) & 31);
        return 123;
      }
      return -1;
    case 79:
      if ((word & 0x600007f) === 0x4f) { // fnmadd.s
        f.rs3 = ((word >>> 27) & 31);
        f.rs2 = ((word >>> 20) & 31);
        f.rs1 = ((word >>> 15) & 31);
        f.rm = ((word >>> 12) & 7);
        f.rd = ((word >>> 7) & 31);
        return 94;
      }
      if ((word & 0x600007f) === 0x200004f) { // fnmadd.d
        f.rs3 = ((word >>> 27) & 31);
        f.rs2 = ((word >>> 20) & 31);
        f.rs1 = ((word >>> 15) & 31);
        f.rm = ((word >>> 12) & 7);
        f.rd = ((word >>> 7) & 31);
        return 124;
      }
      return -1;
    case 83:
      switch ((word >>> 25) & 127) {
        case 0:
          if ((word & -33554305) === 0x53) { // fadd.s
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rm = ((word >>> 12) & 7);
            f.rd = ((word >>> 7) & 31);
            return 95;
          }
          return -1;
        case 1:
          if ((word & -33554305) === 0x2000053) { // fadd.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rm = ((word >>> 12) & 7);
            f.rd = ((word >>> 7) & 31);
            return 125;
          }
          return -1;
        case 4:
          if ((word & -33554305) === 0x8000053) { // fsub.s
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rm = ((word >>> 12) & 7);
            f.rd = ((word >>> 7) & 31);
            return 96;
          }
          return -1;
        case 5:
          if ((word & -33554305) === 0xa000053) { // fsub.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rm = ((word >>> 12) & 7);
            f.rd = ((word >>> 7) & 31);
            return 126;
          }
          return -1;
        case 8:
          if ((word & -33554305) === 0x10000053) { // fmul.s
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rm = ((word >>> 12) & 7);
            f.rd = ((word >>> 7) & 31);
            return 97;
          }
          return -1;
        case 9:
          if ((word & -33554305) === 0x12000053) { // fmul.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rm = ((word >>> 12) & 7);
            f.rd = ((word >>> 7) & 31);
            return 127;
          }
          return -1;
        case 12:
          if ((word & -33554305) === 0x18000053) { // fdiv.s
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rm = ((word >>> 12) & 7);
            f.rd = ((word >>> 7) & 31);
            return 98;
          }
          return -1;
        case 13:
          if ((word & -33554305) === 0x1a000053) { // fdiv.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rm = ((word >>> 12) & 7);
            f.rd = ((word >>> 7) & 31);
            return 128;
          }
          return -1;
        case 16:
          switch ((word >>> 12) & 3) {
            case 0:
              if ((word & -33525633) === 0x20000053) { // fsgnj.s
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 102;
              }
              return -1;
            case 1:
              if ((word & -33525633) === 0x20001053) { // fsgnjn.s
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 103;
              }
              return -1;
            case 2:
              if ((word & -33525633) === 0x20002053) { // fsgnjx.s
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 104;
              }
              return -1;
            default:
              return -1;
          }
        case 17:
          switch ((word >>> 12) & 3) {
            case 0:
              if ((word & -33525633) === 0x22000053) { // fsgnj.d
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 132;
              }
              return -1;
            case 1:
              if ((word & -33525633) === 0x22001053) { // fsgnjn.d
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 133;
              }
              return -1;
            case 2:
              if ((word & -33525633) === 0x22002053) { // fsgnjx.d
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 134;
              }
              return -1;
            default:
              return -1;
          }
        case 20:
          if ((word & -33525633) === 0x28000053) { // fmin.s
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 100;
          }
          if ((word & -33525633) === 0x28001053) { // fmax.s
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 101;
          }
          return -1;
        case 21:
          if ((word & -33525633) === 0x2a000053) { // fmin.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 130;
          }
          if ((word & -33525633) === 0x2a001053) { // fmax.d
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 131;
          }
          return -1;
        case 32:
          if ((word & -1048449) === 0x40100053) { // fcvt.s.d
            f.rs1 = ((word >>> 15) & 31);
            f.rm = ((word >>> 12) & 7);
            f.rd = ((word >>> 7) & 31);
            return 143;
          }
          return -1;
        case 33:
          if ((word & -1048449) === 0x42000053) { // fcvt.d.s
            f.rs1 = ((word >>> 15) & 31);
            f.rm = ((word >>> 12) & 7);
            f.rd = ((word >>> 7) & 31);
            return 144;
          }
          return -1;
        case 44:
          if ((word & -1048449) === 0x58000053) { // fsqrt.s
            f.rs1 = ((word >>> 15) & 31);
            f.rm = ((word >>> 12) & 7);
            f.rd = ((word >>> 7) & 31);
            return 99;
          }
          return -1;
        case 45:
          if ((word & -1048449) === 0x5a000053) { // fsqrt.d
            f.rs1 = ((word >>> 15) & 31);
            f.rm = ((word >>> 12) & 7);
            f.rd = ((word >>> 7) & 31);
            return 129;
          }
          return -1;
        case 80:
          switch ((word >>> 12) & 3) {
            case 0:
              if ((word & -33525633) === -1610612653) { // fle.s
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 115;
              }
              return -1;
            case 1:
              if ((word & -33525633) === -1610608557) { // flt.s
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 114;
              }
              return -1;
            case 2:
              if ((word & -33525633) === -1610604461) { // feq.s
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 113;
              }
              return -1;
            default:
              return -1;
          }
        case 81:
          switch ((word >>> 12) & 3) {
            case 0:
              if ((word & -33525633) === -1577058221) { // fle.d
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 147;
              }
              return -1;
            case 1:
              if ((word & -33525633) === -1577054125) { // flt.d
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 146;
              }
              return -1;
            case 2:
              if ((word & -33525633) === -1577050029) { // feq.d
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                f.rd = ((word >>> 7) & 31);
                return 145;
              }
              return -1;
            default:
              return -1;
          }
        case 96:
          switch ((word >>> 20) & 3) {
            case 0:
              if ((word & -1048449) === -1073741741) { // fcvt.w.s
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 105;
              }
              return -1;
            case 1:
              if ((word & -1048449) === -1072693165) { // fcvt.wu.s
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 106;
              }
              return -1;
            case 2:
              if ((word & -1048449) === -1071644589) { // fcvt.l.s
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 107;
              }
              return -1;
            case 3:
              if ((word & -1048449) === -1070596013) { // fcvt.lu.s
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 108;
              }
              return -1;
            default:
              return -1;
          }
        case 97:
          switch ((word >>> 20) & 3) {
            case 0:
              if ((word & -1048449) === -1040187309) { // fcvt.w.d
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 135;
              }
              return -1;
            case 1:
              if ((word & -1048449) === -1039138733) { // fcvt.wu.d
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 136;
              }
              return -1;
            case 2:
              if ((word & -1048449) === -1038090157) { // fcvt.l.d
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 137;
              }
              return -1;
            case 3:
              if ((word & -1048449) === -1037041581) { // fcvt.lu.d
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 138;
              }
              return -1;
            default:
              return -1;
          }
        case 104:
          switch ((word >>> 20) & 3) {
            case 0:
              if ((word & -1048449) === -805306285) { // fcvt.s.w
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 109;
              }
              return -1;
            case 1:
              if ((word & -1048449) === -804257709) { // fcvt.s.wu
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 110;
              }
              return -1;
            case 2:
              if ((word & -1048449) === -803209133) { // fcvt.s.l
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 111;
              }
              return -1;
            case 3:
              if ((word & -1048449) === -802160557) { // fcvt.s.lu
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 112;
              }
              return -1;
            default:
              return -1;
          }
        case 105:
          switch ((word >>> 20) & 3) {
            case 0:
              if ((word & -1048449) === -771751853) { // fcvt.d.w
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 139;
              }
              return -1;
            case 1:
              if ((word & -1048449) === -770703277) { // fcvt.d.wu
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 140;
              }
              return -1;
            case 2:
              if ((word & -1048449) === -769654701) { // fcvt.d.l
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 141;
              }
              return -1;
            case 3:
              if ((word & -1048449) === -768606125) { // fcvt.d.lu
                f.rs1 = ((word >>> 15) & 31);
                f.rm = ((word >>> 12) & 7);
                f.rd = ((word >>> 7) & 31);
                return 142;
              }
              return -1;
            default:
              return -1;
          }
        case 112:
          if ((word & -1019777) === -536870829) { // fmv.x.w
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 116;
          }
          if ((word & -1019777) === -536866733) { // fclass.s
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 118;
          }
          return -1;
        case 113:
          if ((word & -1019777) === -503316397) { // fmv.x.d
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 148;
          }
          if ((word & -1019777) === -503312301) { // fclass.d
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 150;
          }
          return -1;
        case 120:
          if ((word & -1019777) === -268435373) { // fmv.w.x
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 117;
          }
          return -1;
        case 121:
          if ((word & -1019777) === -234880941) { // fmv.d.x
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 149;
          }
          return -1;
        default:
          return -1;
      }
    case 99:
      switch ((word >>> 12) & 7) {
        case 0:
          if ((word & 0x707f) === 0x63) { // beq
            f.imm = ((((((word >>> 31) & 1) << 12) | (((word >>> 25) & 63) << 5) | (((word >>> 8) & 15) << 1) | (((word >>> 7) & 1) << 11)) << 19) >> 19);
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            return 23;
          }
          return -1;
        case 1:
          if ((word & 0x707f) === 0x1063) { // bne
            f.imm = ((((((word >>> 31) & 1) << 12) | (((word >>> 25) & 63) << 5) | (((word >>> 8) & 15) << 1) | (((word >>> 7) & 1) << 11)) << 19) >> 19);
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            return 24;
          }
          return -1;
        case 4:
          if ((word & 0x707f) === 0x4063) { // blt
            f.imm = ((((((word >>> 31) & 1) << 12) | (((word >>> 25) & 63) << 5) | (((word >>> 8) & 15) << 1) | (((word >>> 7) & 1) << 11)) << 19) >> 19);
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            return 25;
          }
          return -1;
        case 5:
          if ((word & 0x707f) === 0x5063) { // bge
            f.imm = ((((((word >>> 31) & 1) << 12) | (((word >>> 25) & 63) << 5) | (((word >>> 8) & 15) << 1) | (((word >>> 7) & 1) << 11)) << 19) >> 19);
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            return 26;
          }
          return -1;
        case 6:
          if ((word & 0x707f) === 0x6063) { // bltu
            f.imm = ((((((word >>> 31) & 1) << 12) | (((word >>> 25) & 63) << 5) | (((word >>> 8) & 15) << 1) | (((word >>> 7) & 1) << 11)) << 19) >> 19);
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            return 27;
          }
          return -1;
        case 7:
          if ((word & 0x707f) === 0x7063) { // bgeu
            f.imm = ((((((word >>> 31) & 1) << 12) | (((word >>> 25) & 63) << 5) | (((word >>> 8) & 15) << 1) | (((word >>> 7) & 1) << 11)) << 19) >> 19);
            f.rs2 = ((word >>> 20) & 31);
            f.rs1 = ((word >>> 15) & 31);
            return 28;
          }
          return -1;
        default:
          return -1;
      }
    case 103:
      if ((word & 0x707f) === 0x67) { // jalr
        f.imm = word >> 20;
        f.rs1 = ((word >>> 15) & 31);
        f.rd = ((word >>> 7) & 31);
        return 22;
      }
      return -1;
    case 111:
      if ((word & 0x7f) === 0x6f) { // jal
        f.imm = ((((((word >>> 31) & 1) << 20) | (((word >>> 21) & 1023) << 1) | (((word >>> 20) & 1) << 11) | (((word >>> 12) & 255) << 12)) << 11) >> 11);
        f.rd = ((word >>> 7) & 31);
        return 21;
      }
      return -1;
    case 115:
      switch ((word >>> 12) & 3) {
        case 0:
          switch ((word >>> 25) & 31) {
            case 0:
              if ((word & -1) === 0x73) { // ecall
                return 40;
              }
              if ((word & -1) === 0x100073) { // ebreak
                return 41;
              }
              return -1;
            case 8:
              if ((word & -1) === 0x10200073) { // sret
                return 198;
              }
              if ((word & -1) === 0x10500073) { // wfi
                return 200;
              }
              return -1;
            case 9:
              if ((word & -33521665) === 0x12000073) { // sfence.vma
                f.rs2 = ((word >>> 20) & 31);
                f.rs1 = ((word >>> 15) & 31);
                return 201;
              }
              return -1;
            case 24:
              if ((word & -1) === 0x30200073) { // mret
                return 199;
              }
              return -1;
            default:
              return -1;
          }
        case 1:
          if ((word & 0x707f) === 0x1073) { // csrrw
            f.csr = ((word >>> 20) & 4095);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 151;
          }
          if ((word & 0x707f) === 0x5073) { // csrrwi
            f.csr = ((word >>> 20) & 4095);
            f.imm = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 154;
          }
          return -1;
        case 2:
          if ((word & 0x707f) === 0x2073) { // csrrs
            f.csr = ((word >>> 20) & 4095);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 152;
          }
          if ((word & 0x707f) === 0x6073) { // csrrsi
            f.csr = ((word >>> 20) & 4095);
            f.imm = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 155;
          }
          return -1;
        case 3:
          if ((word & 0x707f) === 0x3073) { // csrrc
            f.csr = ((word >>> 20) & 4095);
            f.rs1 = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 153;
          }
          if ((word & 0x707f) === 0x7073) { // csrrci
            f.csr = ((word >>> 20) & 4095);
            f.imm = ((word >>> 15) & 31);
            f.rd = ((word >>> 7) & 31);
            return 156;
          }
          return -1;
        default:
          return -1;
      }
    default:
      return -1;
  }
}

export function decode16(word: number, f: Fields): number {
  switch ((word >>> 13) & 7) {
    case 0:
      switch (word & 3) {
        case 0:
          if ((word & 0xe003) === 0x0 && (word & 0x1fe0) !== 0x0) { // c.addi4spn
            f.imm = ((((word >>> 11) & 3) << 4) | (((word >>> 7) & 15) << 6) | (((word >>> 6) & 1) << 2) | (((word >>> 5) & 1) << 3));
            f.rd = ((word >>> 2) & 7) + 8;
            f.rs1 = 2;
            return 2;
          }
          return -1;
        case 1:
          if ((word & 0xe003) === 0x1) { // c.addi
            f.imm = ((((((word >>> 12) & 1) << 5) | ((word >>> 2) & 31)) << 26) >> 26);
            f.rd = ((word >>> 7) & 31);
            f.rs1 = ((word >>> 7) & 31);
            return 2;
          }
          return -1;
        case 2:
          if ((word & 0xe003) === 0x2) { // c.slli
            f.imm = ((((word >>> 12) & 1) << 5) | ((word >>> 2) & 31));
            f.rd = ((word >>> 7) & 31);
            f.rs1 = ((word >>> 7) & 31);
            return 8;
          }
          return -1;
        default:
          return -1;
      }
    case 1:
      switch (word & 3) {
        case 0:
          if ((word & 0xe003) === 0x2000) { // c.fld
            f.imm = ((((word >>> 10) & 7) << 3) | (((word >>> 5) & 3) << 6));
            f.rs1 = ((word >>> 7) & 7) + 8;
            f.rd = ((word >>> 2) & 7) + 8;
            return 119;
          }
          return -1;
        case 1:
          if ((word & 0xe003) === 0x2001 && (word & 0xf80) !== 0x0) { // c.addiw
            f.imm = ((((((word >>> 12) & 1) << 5) | ((word >>> 2) & 31)) << 26) >> 26);
            f.rd = ((word >>> 7) & 31);
            f.rs1 = ((word >>> 7) & 31);
            return 42;
          }
          return -1;
        case 2:
          if ((word & 0xe003) === 0x2002) { // c.fldsp
            f.imm = ((((word >>> 12) & 1) << 5) | (((word >>> 5) & 3) << 3) | (((word >>> 2) & 7) << 6));
            f.rd = ((word >>> 7) & 31);
            f.rs1 = 2;
            return 119;
          }
          return -1;
        default:
          return -1;
      }
    case 2:
      switch (word & 3) {
        case 0:
          if ((word & 0xe003) === 0x4000) { // c.lw
            f.imm = ((((word >>> 10) & 7) << 3) | (((word >>> 6) & 1) << 2) | (((word >>> 5) & 1) << 6));
            f.rs1 = ((word >>> 7) & 7) + 8;
            f.rd = ((word >>> 2) & 7) + 8;
            return 31;
          }
          return -1;
        case 1:
          if ((word & 0xe003) === 0x4001) { // c.li
            f.imm = ((((((word >>> 12) & 1) << 5) | ((word >>> 2) & 31)) << 26) >> 26);
            f.rd = ((word >>> 7) & 31);
            f.rs1 = 0;
            return 2;
          }
          return -1;
        case 2:
          if ((word & 0xe003) === 0x4002 && (word & 0xf80) !== 0x0) { // c.lwsp
            f.imm = ((((word >>> 12) & 1) << 5) | (((word >>> 4) & 7) << 2) | (((word >>> 2) & 3) << 6));
            f.rd = ((word >>> 7) & 31);
            f.rs1 = 2;
            return 31;
          }
          return -1;
        default:
          return -1;
      }
    case 3:
      switch (word & 1) {
        case 0:
          if ((word & 0xe003) === 0x6000) { // c.ld
            f.imm = ((((word >>> 10) & 7) << 3) | (((word >>> 5) & 3) << 6));
            f.rs1 = ((word >>> 7) & 7) + 8;
            f.rd = ((word >>> 2) & 7) + 8;
            return 52;
          }
          if ((word & 0xe003) === 0x6002 && (word & 0xf80) !== 0x0) { // c.ldsp
            f.imm = ((((word >>> 12) & 1) << 5) | (((word >>> 5) & 3) << 3) | (((word >>> 2) & 7) << 6));
            f.rd = ((word >>> 7) & 31);
            f.rs1 = 2;
            return 52;
          }
          return -1;
        case 1:
          if ((word & 0xef83) === 0x6101 && (word & 0x107c) !== 0x0) { // c.addi16sp
            f.imm = ((((((word >>> 12) & 1) << 9) | (((word >>> 6) & 1) << 4) | (((word >>> 5) & 1) << 6) | (((word >>> 3) & 3) << 7) | (((word >>> 2) & 1) << 5)) << 22) >> 22);
            f.rd = 2;
            f.rs1 = 2;
            return 2;
          }
          if ((word & 0xe003) === 0x6001 && (word & 0xf80) !== 0x100 && (word & 0x107c) !== 0x0) { // c.lui
            f.imm = ((((((word >>> 12) & 1) << 17) | (((word >>> 2) & 31) << 12)) << 14) >> 14);
            f.rd = ((word >>> 7) & 31);
            return 0;
          }
          return -1;
        default:
          return -1;
      }
    case 4:
      switch (word & 1) {
        case 0:
          switch ((word >>> 12) & 1) {
            case 0:
              if ((word & 0xf07f) === 0x8002 && (word & 0xf80) !== 0x0) { // c.jr
                f.rs1 = ((word >>> 7) & 31);
                f.rd = 0;
                f.imm = 0;
                return 22;
              }
              if ((word & 0xf003) === 0x8002 && (word & 0x7c) !== 0x0) { // c.mv
                f.rd = ((word >>> 7) & 31);
                f.rs1 = ((word >>> 2) & 31);
                f.imm = 0;
                return 2;
              }
              return -1;
            case 1:
              if ((word & 0xffff) === 0x9002) { // c.ebreak
                return 41;
              }
              if ((word & 0xf07f) === 0x9002 && (word & 0xf80) !== 0x0) { // c.jalr
                f.rs1 = ((word >>> 7) & 31);
                f.rd = 1;
                f.imm = 0;
                return 22;
              }
              if ((word & 0xf003) === 0x9002 && (word & 0x7c) !== 0x0) { // c.add
                f.rd = ((word >>> 7) & 31);
                f.rs1 = ((word >>> 7) & 31);
                f.rs2 = ((word >>> 2) & 31);
                return 11;
              }
              return -1;
            default:
              return -1;
          }
        case 1:
          switch ((word >>> 10) & 3) {
            case 0:
              if ((word & 0xec03) === 0x8001) { // c.srli
                f.imm = ((((word >>> 12) & 1) << 5) | ((word >>> 2) & 31));
                f.rd = ((word >>> 7) & 7) + 8;
                f.rs1 = ((word >>> 7) & 7) + 8;
                return 9;
              }
              return -1;
            case 1:
              if ((word & 0xec03) === 0x8401) { // c.srai
                f.imm = ((((word >>> 12) & 1) << 5) | ((word >>> 2) & 31));
                f.rd = ((word >>> 7) & 7) + 8;
                f.rs1 = ((word >>> 7) & 7) + 8;
                return 10;
              }
              return -1;
            case 2:
              if ((word & 0xec03) === 0x8801) { // c.andi
                f.imm = ((((((word >>> 12) & 1) << 5) | ((word >>> 2) & 31)) << 26) >> 26);
                f.rd = ((word >>> 7) & 7) + 8;
                f.rs1 = ((word >>> 7) & 7) + 8;
                return 7;
              }
              return -1;
            case 3:
              switch ((word >>> 5) & 3) {
                case 0:
                  if ((word & 0xfc63) === 0x8c01) { // c.sub
                    f.rd = ((word >>> 7) & 7) + 8;
                    f.rs1 = ((word >>> 7) & 7) + 8;
                    f.rs2 = ((word >>> 2) & 7) + 8;
                    return 12;
                  }
                  if ((word & 0xfc63) === 0x9c01) { // c.subw
                    f.rd = ((word >>> 7) & 7) + 8;
                    f.rs1 = ((word >>> 7) & 7) + 8;
                    f.rs2 = ((word >>> 2) & 7) + 8;
                    return 47;
                  }
                  return -1;
                case 1:
                  if ((word & 0xfc63) === 0x8c21) { // c.xor
                    f.rd = ((word >>> 7) & 7) + 8;
                    f.rs1 = ((word >>> 7) & 7) + 8;
                    f.rs2 = ((word >>> 2) & 7) + 8;
                    return 16;
                  }
                  if ((word & 0xfc63) === 0x9c21) { // c.addw
                    f.rd = ((word >>> 7) & 7) + 8;
                    f.rs1 = ((word >>> 7) & 7) + 8;
                    f.rs2 = ((word >>> 2) & 7) + 8;
                    return 46;
                  }
                  return -1;
                case 2:
                  if ((word & 0xfc63) === 0x8c41) { // c.or
                    f.rd = ((word >>> 7) & 7) + 8;
                    f.rs1 = ((word >>> 7) & 7) + 8;
                    f.rs2 = ((word >>> 2) & 7) + 8;
                    return 19;
                  }
                  return -1;
                case 3:
                  if ((word & 0xfc63) === 0x8c61) { // c.and
                    f.rd = ((word >>> 7) & 7) + 8;
                    f.rs1 = ((word >>> 7) & 7) + 8;
                    f.rs2 = ((word >>> 2) & 7) + 8;
                    return 20;
                  }
                  return -1;
                default:
                  return -1;
              }
            default:
              return -1;
          }
        default:
          return -1;
      }
    case 5:
      switch (word & 3) {
        case 0:
          if ((word & 0xe003) === 0xa000) { // c.fsd
            f.imm = ((((word >>> 10) & 7) << 3) | (((word >>> 5) & 3) << 6));
            f.rs1 = ((word >>> 7) & 7) + 8;
            f.rs2 = ((word >>> 2) & 7) + 8;
            return 120;
          }
          return -1;
        case 1:
          if ((word & 0xe003) === 0xa001) { // c.j
            f.imm = ((((((word >>> 12) & 1) << 11) | (((word >>> 11) & 1) << 4) | (((word >>> 9) & 3) << 8) | (((word >>> 8) & 1) << 10) | (((word >>> 7) & 1) << 6) | (((word >>> 6) & 1) << 7) | (((word >>> 3) & 7) << 1) | (((word >>> 2) & 1) << 5)) << 20) >> 20);
            f.rd = 0;
            return 21;
          }
          return -1;
        case 2:
          if ((word & 0xe003) === 0xa002) { // c.fsdsp
            f.imm = ((((word >>> 10) & 7) << 3) | (((word >>> 7) & 7) << 6));
            f.rs2 = ((word >>> 2) & 31);
            f.rs1 = 2;
            return 120;
          }
          return -1;
        default:
          return -1;
      }
    case 6:
      switch (word & 3) {
        case 0:
          if ((word & 0xe003) === 0xc000) { // c.sw
            f.imm = ((((word >>> 10) & 7) << 3) | (((word >>> 6) & 1) << 2) | (((word >>> 5) & 1) << 6));
            f.rs1 = ((word >>> 7) & 7) + 8;
            f.rs2 = ((word >>> 2) & 7) + 8;
            return 36;
          }
          return -1;
        case 1:
          if ((word & 0xe003) === 0xc001) { // c.beqz
            f.imm = ((((((word >>> 12) & 1) << 8) | (((word >>> 10) & 3) << 3) | (((word >>> 5) & 3) << 6) | (((word >>> 3) & 3) << 1) | (((word >>> 2) & 1) << 5)) << 23) >> 23);
            f.rs1 = ((word >>> 7) & 7) + 8;
            f.rs2 = 0;
            return 23;
          }
          return -1;
        case 2:
          if ((word & 0xe003) === 0xc002) { // c.swsp
            f.imm = ((((word >>> 9) & 15) << 2) | (((word >>> 7) & 3) << 6));
            f.rs2 = ((word >>> 2) & 31);
            f.rs1 = 2;
            return 36;
          }
          return -1;
        default:
          return -1;
      }
    case 7:
      switch (word & 3) {
        case 0:
          if ((word & 0xe003) === 0xe000) { // c.sd
            f.imm = ((((word >>> 10) & 7) << 3) | (((word >>> 5) & 3) << 6));
            f.rs1 = ((word >>> 7) & 7) + 8;
            f.rs2 = ((word >>> 2) & 7) + 8;
            return 53;
          }
          return -1;
        case 1:
          if ((word & 0xe003) === 0xe001) { // c.bnez
            f.imm = ((((((word >>> 12) & 1) << 8) | (((word >>> 10) & 3) << 3) | (((word >>> 5) & 3) << 6) | (((word >>> 3) & 3) << 1) | (((word >>> 2) & 1) << 5)) << 23) >> 23);
            f.rs1 = ((word >>> 7) & 7) + 8;
            f.rs2 = 0;
            return 24;
          }
          return -1;
        case 2:
          if ((word & 0xe003) === 0xe002) { // c.sdsp
            f.imm = ((((word >>> 10) & 7) << 3) | (((word >>> 7) & 7) << 6));
            f.rs2 = ((word >>> 2) & 31);
            f.rs1 = 2;
            return 53;
          }
          return -1;
        default:
          return -1;
      }
    default:
      return -1;
  }
}
