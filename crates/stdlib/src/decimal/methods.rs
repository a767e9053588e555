//! The methods of `Decimal` that differ in the operation alone.

macro_rules! decimal_methods {
    (
        operators { $($o:ident $of:expr;)* }
        unary { $($(#[$ud:meta])* $u:ident $ul:literal $uf:expr;)* }
        binary { $($(#[$bd:meta])* $b:ident $bl:literal $bf:expr;)* }
        { $($more:tt)* }
    ) => {
        #[pymethods]
        impl DecimalObject {
            $(
                #[slot]
                fn $o(a: &Object, b: &Object, vm: &Vm) -> Result<Object> {
                    Self::operate(a, b, vm, $of)
                }
            )*
            $(
                $(#[$ud])*
                #[py($ul, nameless)]
                fn $u(&self, vm: &Vm, context: Option<&Object>) -> Result<Object> {
                    self.unary(vm, context, $uf)
                }
            )*
            $(
                $(#[$bd])*
                #[py($bl, nameless)]
                fn $b(&self, vm: &Vm, other: &Object, context: Option<&Object>) -> Result<Object> {
                    self.binary(vm, other, context, $bf)
                }
            )*
            $($more)*
        }
    };
}
