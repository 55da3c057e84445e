//! Passes the linker the flags that a Node-API addon needs. The core alone needs none.

fn main() {
    #[cfg(feature = "node")]
    {
        napi_build::setup();
        order_functions();
    }
}

/// Puts the functions that a service calls side by side, where `npm run build` asks for it: mapped in pieces of 64 KiB, they
/// make a fourth of the memory resident that they do when scattered. How the order is made: `npm run order`.
#[cfg(feature = "node")]
fn order_functions() {
    println!("cargo:rerun-if-env-changed=LEAKLINE_TEXT_ORDER");
    if std::env::var("LEAKLINE_TEXT_ORDER").as_deref() != Ok("1") {
        return;
    }
    let order = format!(
        "{}/src/text-order.ld",
        std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the crate is")
    );
    println!("cargo:rerun-if-changed={order}");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-T,{order}");
}
