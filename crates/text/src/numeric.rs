//! Numeric values of code points: the fields of UnicodeData.txt and Unihan that no crate carries (Unicode 16.0).

/// The zero of each run of ten decimal digits.
static ZEROS: &[u32] = &[
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6,
    0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40,
    0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30, 0x10D40, 0x11066,
    0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0, 0x116DA, 0x11730, 0x118E0,
    0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16130, 0x16A60, 0x16AC0, 0x16B50, 0x16D70, 0x1CCF0,
    0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0, 0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
];

/// Runs of other numeric code points: first, how many, whether they are digits (Numeric_Type=Digit), the first one's
/// numerator, the denominator, and by how much the numerator grows from one to the next.
#[rustfmt::skip]
static RUNS: &[(u32, u8, bool, i64, u16, u16)] = &[
    (0x00B2, 2, true, 2, 1, 1), (0x00B9, 1, true, 1, 1, 0), (0x00BC, 1, false, 1, 4, 0), (0x00BD, 1, false, 1, 2, 0),
    (0x00BE, 1, false, 3, 4, 0), (0x09F4, 1, false, 1, 16, 0), (0x09F5, 1, false, 1, 8, 0),
    (0x09F6, 1, false, 3, 16, 0), (0x09F7, 2, false, 1, 4, 2), (0x09F9, 1, false, 16, 1, 0),
    (0x0B72, 1, false, 1, 4, 0), (0x0B73, 1, false, 1, 2, 0), (0x0B74, 1, false, 3, 4, 0),
    (0x0B75, 1, false, 1, 16, 0), (0x0B76, 1, false, 1, 8, 0), (0x0B77, 1, false, 3, 16, 0),
    (0x0BF0, 1, false, 10, 1, 0), (0x0BF1, 1, false, 100, 1, 0), (0x0BF2, 1, false, 1000, 1, 0),
    (0x0C78, 4, false, 0, 1, 1), (0x0C7C, 3, false, 1, 1, 1), (0x0D58, 1, false, 1, 160, 0),
    (0x0D59, 1, false, 1, 40, 0), (0x0D5A, 1, false, 3, 80, 0), (0x0D5B, 1, false, 1, 20, 0),
    (0x0D5C, 1, false, 1, 10, 0), (0x0D5D, 1, false, 3, 20, 0), (0x0D5E, 1, false, 1, 5, 0),
    (0x0D70, 1, false, 10, 1, 0), (0x0D71, 1, false, 100, 1, 0), (0x0D72, 1, false, 1000, 1, 0),
    (0x0D73, 1, false, 1, 4, 0), (0x0D74, 1, false, 1, 2, 0), (0x0D75, 1, false, 3, 4, 0),
    (0x0D76, 1, false, 1, 16, 0), (0x0D77, 1, false, 1, 8, 0), (0x0D78, 1, false, 3, 16, 0),
    (0x0F2A, 9, false, 1, 2, 2), (0x0F33, 1, false, -1, 2, 0), (0x1369, 9, true, 1, 1, 1),
    (0x1372, 10, false, 10, 1, 10), (0x137C, 1, false, 10000, 1, 0), (0x16EE, 3, false, 17, 1, 1),
    (0x17F0, 10, false, 0, 1, 1), (0x19DA, 1, true, 1, 1, 0), (0x2070, 1, true, 0, 1, 0), (0x2074, 6, true, 4, 1, 1),
    (0x2080, 10, true, 0, 1, 1), (0x2150, 1, false, 1, 7, 0), (0x2151, 1, false, 1, 9, 0),
    (0x2152, 1, false, 1, 10, 0), (0x2153, 2, false, 1, 3, 1), (0x2155, 4, false, 1, 5, 1),
    (0x2159, 1, false, 1, 6, 0), (0x215A, 1, false, 5, 6, 0), (0x215B, 4, false, 1, 8, 2),
    (0x215F, 2, false, 1, 1, 0), (0x2161, 11, false, 2, 1, 1), (0x216C, 1, false, 50, 1, 0),
    (0x216D, 1, false, 100, 1, 0), (0x216E, 1, false, 500, 1, 0), (0x216F, 1, false, 1000, 1, 0),
    (0x2170, 12, false, 1, 1, 1), (0x217C, 1, false, 50, 1, 0), (0x217D, 1, false, 100, 1, 0),
    (0x217E, 1, false, 500, 1, 0), (0x217F, 2, false, 1000, 1, 0), (0x2181, 1, false, 5000, 1, 0),
    (0x2182, 1, false, 10000, 1, 0), (0x2185, 1, false, 6, 1, 0), (0x2186, 1, false, 50, 1, 0),
    (0x2187, 1, false, 50000, 1, 0), (0x2188, 1, false, 100000, 1, 0), (0x2189, 1, false, 0, 1, 0),
    (0x2460, 9, true, 1, 1, 1), (0x2469, 11, false, 10, 1, 1), (0x2474, 9, true, 1, 1, 1),
    (0x247D, 11, false, 10, 1, 1), (0x2488, 9, true, 1, 1, 1), (0x2491, 11, false, 10, 1, 1),
    (0x24EA, 1, true, 0, 1, 0), (0x24EB, 10, false, 11, 1, 1), (0x24F5, 9, true, 1, 1, 1),
    (0x24FE, 1, false, 10, 1, 0), (0x24FF, 1, true, 0, 1, 0), (0x2776, 9, true, 1, 1, 1),
    (0x277F, 1, false, 10, 1, 0), (0x2780, 9, true, 1, 1, 1), (0x2789, 1, false, 10, 1, 0),
    (0x278A, 9, true, 1, 1, 1), (0x2793, 1, false, 10, 1, 0), (0x2CFD, 1, false, 1, 2, 0),
    (0x3007, 1, false, 0, 1, 0), (0x3021, 9, false, 1, 1, 1), (0x3038, 3, false, 10, 1, 10),
    (0x3192, 4, false, 1, 1, 1), (0x3220, 10, false, 1, 1, 1), (0x3248, 8, false, 10, 1, 10),
    (0x3251, 15, false, 21, 1, 1), (0x3280, 10, false, 1, 1, 1), (0x32B1, 15, false, 36, 1, 1),
    (0x3405, 1, false, 5, 1, 0), (0x3483, 1, false, 2, 1, 0), (0x382A, 1, false, 5, 1, 0),
    (0x3B4D, 1, false, 7, 1, 0), (0x4E00, 1, false, 1, 1, 0), (0x4E03, 1, false, 7, 1, 0),
    (0x4E07, 1, false, 10000, 1, 0), (0x4E09, 1, false, 3, 1, 0), (0x4E24, 1, false, 2, 1, 0),
    (0x4E5D, 1, false, 9, 1, 0), (0x4E8C, 1, false, 2, 1, 0), (0x4E94, 1, false, 5, 1, 0),
    (0x4E96, 1, false, 4, 1, 0), (0x4EAC, 1, false, 10000000000000000, 1, 0), (0x4EBF, 1, false, 100000000, 1, 0),
    (0x4EC0, 1, false, 10, 1, 0), (0x4EDF, 1, false, 1000, 1, 0), (0x4EE8, 1, false, 3, 1, 0),
    (0x4F0D, 1, false, 5, 1, 0), (0x4F70, 1, false, 100, 1, 0), (0x4FE9, 1, false, 2, 1, 0),
    (0x5006, 1, false, 2, 1, 0), (0x5104, 1, false, 100000000, 1, 0), (0x5146, 1, false, 1000000, 1, 0),
    (0x5169, 1, false, 2, 1, 0), (0x516B, 1, false, 8, 1, 0), (0x516D, 1, false, 6, 1, 0),
    (0x5341, 1, false, 10, 1, 0), (0x5343, 1, false, 1000, 1, 0), (0x5344, 2, false, 20, 1, 10),
    (0x534C, 1, false, 40, 1, 0), (0x53C1, 4, false, 3, 1, 0), (0x56DB, 1, false, 4, 1, 0),
    (0x58F1, 1, false, 1, 1, 0), (0x58F9, 1, false, 1, 1, 0), (0x5E7A, 1, false, 1, 1, 0),
    (0x5EFE, 1, false, 9, 1, 0), (0x5EFF, 1, false, 20, 1, 0), (0x5F0C, 3, false, 1, 1, 1),
    (0x5F10, 1, false, 2, 1, 0), (0x62D0, 1, false, 7, 1, 0), (0x62FE, 1, false, 10, 1, 0),
    (0x634C, 1, false, 8, 1, 0), (0x67D2, 1, false, 7, 1, 0), (0x6D1E, 1, false, 0, 1, 0),
    (0x6F06, 1, false, 7, 1, 0), (0x7396, 1, false, 9, 1, 0), (0x767E, 1, false, 100, 1, 0),
    (0x7695, 1, false, 200, 1, 0), (0x79ED, 1, false, 1000000000, 1, 0), (0x8086, 1, false, 4, 1, 0),
    (0x842C, 1, false, 10000, 1, 0), (0x8CAE, 1, false, 2, 1, 0), (0x8CB3, 1, false, 2, 1, 0),
    (0x8D30, 1, false, 2, 1, 0), (0x920E, 1, false, 9, 1, 0), (0x94A9, 1, false, 9, 1, 0),
    (0x9621, 1, false, 1000, 1, 0), (0x9646, 1, false, 6, 1, 0), (0x964C, 1, false, 100, 1, 0),
    (0x9678, 1, false, 6, 1, 0), (0x96F6, 1, false, 0, 1, 0), (0xA6E6, 9, false, 1, 1, 1),
    (0xA6EF, 1, false, 0, 1, 0), (0xA830, 1, false, 1, 4, 0), (0xA831, 1, false, 1, 2, 0),
    (0xA832, 1, false, 3, 4, 0), (0xA833, 1, false, 1, 16, 0), (0xA834, 1, false, 1, 8, 0),
    (0xA835, 1, false, 3, 16, 0), (0xF96B, 1, false, 3, 1, 0), (0xF973, 1, false, 10, 1, 0),
    (0xF978, 1, false, 2, 1, 0), (0xF9B2, 1, false, 0, 1, 0), (0xF9D1, 1, false, 6, 1, 0),
    (0xF9D3, 1, false, 6, 1, 0), (0xF9FD, 1, false, 10, 1, 0), (0x10107, 10, false, 1, 1, 1),
    (0x10111, 9, false, 20, 1, 10), (0x1011A, 9, false, 200, 1, 100), (0x10123, 9, false, 2000, 1, 1000),
    (0x1012C, 8, false, 20000, 1, 10000), (0x10140, 1, false, 1, 4, 0), (0x10141, 1, false, 1, 2, 0),
    (0x10142, 1, false, 1, 1, 0), (0x10143, 1, false, 5, 1, 0), (0x10144, 1, false, 50, 1, 0),
    (0x10145, 1, false, 500, 1, 0), (0x10146, 1, false, 5000, 1, 0), (0x10147, 1, false, 50000, 1, 0),
    (0x10148, 1, false, 5, 1, 0), (0x10149, 1, false, 10, 1, 0), (0x1014A, 1, false, 50, 1, 0),
    (0x1014B, 1, false, 100, 1, 0), (0x1014C, 1, false, 500, 1, 0), (0x1014D, 1, false, 1000, 1, 0),
    (0x1014E, 1, false, 5000, 1, 0), (0x1014F, 1, false, 5, 1, 0), (0x10150, 1, false, 10, 1, 0),
    (0x10151, 1, false, 50, 1, 0), (0x10152, 1, false, 100, 1, 0), (0x10153, 1, false, 500, 1, 0),
    (0x10154, 1, false, 1000, 1, 0), (0x10155, 1, false, 10000, 1, 0), (0x10156, 1, false, 50000, 1, 0),
    (0x10157, 1, false, 10, 1, 0), (0x10158, 3, false, 1, 1, 0), (0x1015B, 4, false, 2, 1, 0),
    (0x1015F, 1, false, 5, 1, 0), (0x10160, 5, false, 10, 1, 0), (0x10165, 1, false, 30, 1, 0),
    (0x10166, 4, false, 50, 1, 0), (0x1016A, 1, false, 100, 1, 0), (0x1016B, 1, false, 300, 1, 0),
    (0x1016C, 5, false, 500, 1, 0), (0x10171, 1, false, 1000, 1, 0), (0x10172, 1, false, 5000, 1, 0),
    (0x10173, 1, false, 5, 1, 0), (0x10174, 1, false, 50, 1, 0), (0x10175, 2, false, 1, 2, 0),
    (0x10177, 1, false, 2, 3, 0), (0x10178, 1, false, 3, 4, 0), (0x1018A, 1, false, 0, 1, 0),
    (0x1018B, 1, false, 1, 4, 0), (0x102E1, 10, false, 1, 1, 1), (0x102EB, 9, false, 20, 1, 10),
    (0x102F4, 8, false, 200, 1, 100), (0x10320, 1, false, 1, 1, 0), (0x10321, 1, false, 5, 1, 0),
    (0x10322, 1, false, 10, 1, 0), (0x10323, 1, false, 50, 1, 0), (0x10341, 1, false, 90, 1, 0),
    (0x1034A, 1, false, 900, 1, 0), (0x103D1, 2, false, 1, 1, 1), (0x103D3, 2, false, 10, 1, 10),
    (0x103D5, 1, false, 100, 1, 0), (0x10858, 3, false, 1, 1, 1), (0x1085B, 2, false, 10, 1, 10),
    (0x1085D, 1, false, 100, 1, 0), (0x1085E, 1, false, 1000, 1, 0), (0x1085F, 1, false, 10000, 1, 0),
    (0x10879, 5, false, 1, 1, 1), (0x1087E, 2, false, 10, 1, 10), (0x108A7, 4, false, 1, 1, 1),
    (0x108AB, 2, false, 4, 1, 1), (0x108AD, 2, false, 10, 1, 10), (0x108AF, 1, false, 100, 1, 0),
    (0x108FB, 1, false, 1, 1, 0), (0x108FC, 1, false, 5, 1, 0), (0x108FD, 2, false, 10, 1, 10),
    (0x108FF, 1, false, 100, 1, 0), (0x10916, 1, false, 1, 1, 0), (0x10917, 2, false, 10, 1, 10),
    (0x10919, 1, false, 100, 1, 0), (0x1091A, 2, false, 2, 1, 1), (0x109BC, 1, false, 11, 12, 0),
    (0x109BD, 1, false, 1, 2, 0), (0x109C0, 10, false, 1, 1, 1), (0x109CA, 6, false, 20, 1, 10),
    (0x109D2, 10, false, 100, 1, 100), (0x109DC, 9, false, 2000, 1, 1000), (0x109E5, 9, false, 20000, 1, 10000),
    (0x109EE, 1, false, 200000, 1, 0), (0x109EF, 1, false, 300000, 1, 0), (0x109F0, 1, false, 400000, 1, 0),
    (0x109F1, 1, false, 500000, 1, 0), (0x109F2, 1, false, 600000, 1, 0), (0x109F3, 1, false, 700000, 1, 0),
    (0x109F4, 1, false, 800000, 1, 0), (0x109F5, 1, false, 900000, 1, 0), (0x109F6, 1, false, 1, 12, 0),
    (0x109F7, 1, false, 1, 6, 0), (0x109F8, 1, false, 1, 4, 0), (0x109F9, 1, false, 1, 3, 0),
    (0x109FA, 1, false, 5, 12, 0), (0x109FB, 1, false, 1, 2, 0), (0x109FC, 1, false, 7, 12, 0),
    (0x109FD, 1, false, 2, 3, 0), (0x109FE, 1, false, 3, 4, 0), (0x109FF, 1, false, 5, 6, 0),
    (0x10A40, 4, true, 1, 1, 1), (0x10A44, 2, false, 10, 1, 10), (0x10A46, 1, false, 100, 1, 0),
    (0x10A47, 1, false, 1000, 1, 0), (0x10A48, 1, false, 1, 2, 0), (0x10A7D, 1, false, 1, 1, 0),
    (0x10A7E, 1, false, 50, 1, 0), (0x10A9D, 1, false, 1, 1, 0), (0x10A9E, 2, false, 10, 1, 10),
    (0x10AEB, 1, false, 1, 1, 0), (0x10AEC, 1, false, 5, 1, 0), (0x10AED, 2, false, 10, 1, 10),
    (0x10AEF, 1, false, 100, 1, 0), (0x10B58, 4, false, 1, 1, 1), (0x10B5C, 2, false, 10, 1, 10),
    (0x10B5E, 1, false, 100, 1, 0), (0x10B5F, 1, false, 1000, 1, 0), (0x10B78, 4, false, 1, 1, 1),
    (0x10B7C, 2, false, 10, 1, 10), (0x10B7E, 1, false, 100, 1, 0), (0x10B7F, 1, false, 1000, 1, 0),
    (0x10BA9, 4, false, 1, 1, 1), (0x10BAD, 2, false, 10, 1, 10), (0x10BAF, 1, false, 100, 1, 0),
    (0x10CFA, 1, false, 1, 1, 0), (0x10CFB, 1, false, 5, 1, 0), (0x10CFC, 1, false, 10, 1, 0),
    (0x10CFD, 1, false, 50, 1, 0), (0x10CFE, 1, false, 100, 1, 0), (0x10CFF, 1, false, 1000, 1, 0),
    (0x10E60, 9, true, 1, 1, 1), (0x10E69, 10, false, 10, 1, 10), (0x10E73, 8, false, 200, 1, 100),
    (0x10E7B, 1, false, 1, 2, 0), (0x10E7C, 1, false, 1, 4, 0), (0x10E7D, 2, false, 1, 3, 1),
    (0x10F1D, 5, false, 1, 1, 1), (0x10F22, 3, false, 10, 1, 10), (0x10F25, 1, false, 100, 1, 0),
    (0x10F26, 1, false, 1, 2, 0), (0x10F51, 1, false, 1, 1, 0), (0x10F52, 2, false, 10, 1, 10),
    (0x10F54, 1, false, 100, 1, 0), (0x10FC5, 4, false, 1, 1, 1), (0x10FC9, 2, false, 10, 1, 10),
    (0x10FCB, 1, false, 100, 1, 0), (0x11052, 9, true, 1, 1, 1), (0x1105B, 10, false, 10, 1, 10),
    (0x11065, 1, false, 1000, 1, 0), (0x111E1, 10, false, 1, 1, 1), (0x111EB, 9, false, 20, 1, 10),
    (0x111F4, 1, false, 1000, 1, 0), (0x1173A, 2, false, 10, 1, 10), (0x118EA, 9, false, 10, 1, 10),
    (0x11C5A, 10, false, 1, 1, 1), (0x11C64, 9, false, 20, 1, 10), (0x11FC0, 1, false, 1, 320, 0),
    (0x11FC1, 1, false, 1, 160, 0), (0x11FC2, 1, false, 1, 80, 0), (0x11FC3, 1, false, 1, 64, 0),
    (0x11FC4, 1, false, 1, 40, 0), (0x11FC5, 1, false, 1, 32, 0), (0x11FC6, 1, false, 3, 80, 0),
    (0x11FC7, 1, false, 3, 64, 0), (0x11FC8, 1, false, 1, 20, 0), (0x11FC9, 2, false, 1, 16, 0),
    (0x11FCB, 1, false, 1, 10, 0), (0x11FCC, 1, false, 1, 8, 0), (0x11FCD, 1, false, 3, 20, 0),
    (0x11FCE, 1, false, 3, 16, 0), (0x11FCF, 1, false, 1, 5, 0), (0x11FD0, 1, false, 1, 4, 0),
    (0x11FD1, 2, false, 1, 2, 0), (0x11FD3, 1, false, 3, 4, 0), (0x11FD4, 1, false, 1, 320, 0),
    (0x12400, 8, false, 2, 1, 1), (0x12408, 7, false, 3, 1, 1), (0x1240F, 6, false, 4, 1, 1),
    (0x12415, 9, false, 1, 1, 1), (0x1241E, 5, false, 1, 1, 1), (0x12423, 2, false, 2, 1, 1),
    (0x12425, 7, false, 3, 1, 1), (0x1242C, 3, false, 1, 1, 1), (0x1242F, 3, false, 3, 1, 1),
    (0x12432, 1, false, 216000, 1, 0), (0x12433, 1, false, 432000, 1, 0), (0x12434, 3, false, 1, 1, 1),
    (0x12437, 3, false, 3, 1, 1), (0x1243A, 2, false, 3, 1, 0), (0x1243C, 4, false, 4, 1, 0),
    (0x12440, 2, false, 6, 1, 1), (0x12442, 2, false, 7, 1, 0), (0x12444, 2, false, 8, 1, 0),
    (0x12446, 4, false, 9, 1, 0), (0x1244A, 5, false, 2, 1, 1), (0x1244F, 4, false, 1, 1, 1),
    (0x12453, 2, false, 4, 1, 1), (0x12455, 1, false, 5, 1, 0), (0x12456, 2, false, 2, 1, 1),
    (0x12458, 2, false, 1, 1, 1), (0x1245A, 2, false, 1, 3, 1), (0x1245C, 1, false, 5, 6, 0),
    (0x1245D, 2, false, 1, 3, 1), (0x1245F, 1, false, 1, 8, 0), (0x12460, 1, false, 1, 4, 0),
    (0x12461, 1, false, 1, 6, 0), (0x12462, 2, false, 1, 4, 0), (0x12464, 1, false, 1, 2, 0),
    (0x12465, 2, false, 1, 3, 1), (0x12467, 2, false, 40, 1, 10), (0x12469, 6, false, 4, 1, 1),
    (0x16B5B, 1, false, 10, 1, 0), (0x16B5C, 1, false, 100, 1, 0), (0x16B5D, 1, false, 10000, 1, 0),
    (0x16B5E, 1, false, 1000000, 1, 0), (0x16B5F, 1, false, 100000000, 1, 0), (0x16B60, 1, false, 10000000000, 1, 0),
    (0x16B61, 1, false, 1000000000000, 1, 0), (0x16E80, 20, false, 0, 1, 1), (0x16E94, 3, false, 1, 1, 1),
    (0x1D2C0, 20, false, 0, 1, 1), (0x1D2E0, 20, false, 0, 1, 1), (0x1D360, 10, false, 1, 1, 1),
    (0x1D36A, 8, false, 20, 1, 10), (0x1D372, 5, false, 1, 1, 1), (0x1D377, 1, false, 1, 1, 0),
    (0x1D378, 1, false, 5, 1, 0), (0x1E8C7, 9, false, 1, 1, 1), (0x1EC71, 10, false, 1, 1, 1),
    (0x1EC7B, 9, false, 20, 1, 10), (0x1EC84, 9, false, 200, 1, 100), (0x1EC8D, 9, false, 2000, 1, 1000),
    (0x1EC96, 9, false, 20000, 1, 10000), (0x1EC9F, 1, false, 200000, 1, 0), (0x1ECA0, 1, false, 100000, 1, 0),
    (0x1ECA1, 1, false, 10000000, 1, 0), (0x1ECA2, 1, false, 20000000, 1, 0), (0x1ECA3, 9, false, 1, 1, 1),
    (0x1ECAD, 1, false, 1, 4, 0), (0x1ECAE, 1, false, 1, 2, 0), (0x1ECAF, 1, false, 3, 4, 0),
    (0x1ECB1, 2, false, 1, 1, 1), (0x1ECB3, 1, false, 10000, 1, 0), (0x1ECB4, 1, false, 100000, 1, 0),
    (0x1ED01, 10, false, 1, 1, 1), (0x1ED0B, 9, false, 20, 1, 10), (0x1ED14, 9, false, 200, 1, 100),
    (0x1ED1D, 9, false, 2000, 1, 1000), (0x1ED26, 8, false, 20000, 1, 10000), (0x1ED2F, 9, false, 2, 1, 1),
    (0x1ED38, 1, false, 400, 1, 0), (0x1ED39, 1, false, 600, 1, 0), (0x1ED3A, 1, false, 2000, 1, 0),
    (0x1ED3B, 1, false, 10000, 1, 0), (0x1ED3C, 1, false, 1, 2, 0), (0x1ED3D, 1, false, 1, 6, 0),
    (0x1F100, 2, true, 0, 1, 0), (0x1F102, 9, true, 1, 1, 1), (0x1F10B, 2, false, 0, 1, 0),
    (0x20001, 1, false, 7, 1, 0), (0x20064, 1, false, 4, 1, 0), (0x200E2, 1, false, 4, 1, 0),
    (0x20121, 1, false, 5, 1, 0), (0x2092A, 1, false, 1, 1, 0), (0x20983, 1, false, 30, 1, 0),
    (0x2098C, 1, false, 40, 1, 0), (0x2099C, 1, false, 40, 1, 0), (0x20AEA, 1, false, 6, 1, 0),
    (0x20AFD, 1, false, 3, 1, 0), (0x20B19, 1, false, 3, 1, 0), (0x22390, 1, false, 2, 1, 0),
    (0x22998, 1, false, 3, 1, 0), (0x23B1B, 1, false, 3, 1, 0), (0x2626D, 1, false, 4, 1, 0),
    (0x2F890, 1, false, 9, 1, 0),
];

/// The value of a decimal digit (`unicodedata.decimal`).
pub fn decimal(code: u32) -> Option<u8> {
    if code < 0x80 {
        return (code as u8).is_ascii_digit().then(|| code as u8 - b'0');
    }
    let zero = ZEROS[ZEROS.partition_point(|&zero| zero <= code).checked_sub(1)?];
    (code - zero < 10).then(|| (code - zero) as u8)
}

fn run(code: u32) -> Option<(bool, i64, u16)> {
    let &(first, len, digit, numerator, denominator, step) =
        RUNS[..RUNS.partition_point(|run| run.0 <= code)].last()?;
    let i = code - first;
    (i < u32::from(len)).then(|| (digit, numerator + i64::from(i) * i64::from(step), denominator))
}

/// The value of a digit (`unicodedata.digit`): decimal digits, superscripts, circled digits and the like.
pub fn digit(code: u32) -> Option<u8> {
    decimal(code).or_else(|| match run(code)? {
        (true, value, _) => Some(value as u8),
        _ => None,
    })
}

/// The numeric value (`unicodedata.numeric`).
pub fn numeric(code: u32) -> Option<f64> {
    if let Some(value) = decimal(code) {
        return Some(f64::from(value));
    }
    let (_, numerator, denominator) = run(code)?;
    Some(numerator as f64 / f64::from(denominator))
}
