//! `portlab scan`: the exit codes for CI, the formats, and folders that are none of an addon.

use std::fs;

use crate::sandbox::Sandbox;

const AUTO: &str = "#include <nan.h>\nNAN_METHOD(Hello) {\n  info.GetReturnValue().Set(Nan::New(\"hello\").ToLocalChecked());\n}\n";
const MANUAL: &str = "#include <nan.h>\nclass Cup : public Nan::ObjectWrap {};\n";
const BLOCKED: &str = "#include <nan.h>\nvoid Extend(v8::Local<v8::FunctionTemplate> a, v8::Local<v8::FunctionTemplate> b) {\n  a->Inherit(b);\n}\n";

#[test]
fn the_exit_code_says_what_stands_in_the_way() {
    let sandbox = Sandbox::new();
    for (name, source, codes) in
        [("auto", AUTO, [0, 0, 0]), ("manual", MANUAL, [0, 1, 0]), ("blocked", BLOCKED, [1, 1, 0])]
    {
        sandbox.write(&format!("{name}/src/addon.cc"), source);
        for (fail_on, code) in ["blocked", "manual", "never"].into_iter().zip(codes) {
            let ended = sandbox.run(&["scan", name, "--fail-on", fail_on]).with_code(code);
            assert!(ended.stdout.starts_with("# From NAN and V8 to Node-API"), "{}", ended.stdout);
            assert_eq!(
                fs::read_to_string(sandbox.root().join(name).join("src/addon.cc")).expect("it is there"),
                source
            );
        }
    }
}

#[test]
fn the_formats_say_the_same() {
    let sandbox = Sandbox::new();
    sandbox.write("addon/src/a b.cc", BLOCKED);
    let json = sandbox.run(&["scan", "addon", "--json"]).with_code(1).json();
    let finding = json["findings"].as_array().expect("a list").iter().find(|one| one["effort"] == "blocked");
    let finding = finding.expect("Inherit is blocked");
    assert_eq!((finding["file"].as_str(), finding["line"].as_u64()), (Some("src/a b.cc"), Some(3)));
    let log = sandbox.run(&["scan", "addon", "--format", "sarif"]).with_code(1).json();
    assert_eq!(log["version"], "2.1.0");
    let results = log["runs"][0]["results"].as_array().expect("a list");
    assert_eq!(results.len(), json["findings"].as_array().expect("a list").len());
    let error = results.iter().find(|one| one["level"] == "error").expect("the blocked one");
    assert_eq!(error["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "src/a%20b.cc");
}

#[test]
fn sources_that_do_not_parse_are_named_and_the_rest_is_read() {
    let sandbox = Sandbox::new();
    sandbox.write("addon/broken.cc", "#include <nan.h>\nvoid F() { Nan::New(1); }\n}}}} ((( class\n");
    sandbox.write("addon/binary.cc", "\u{0}\u{1}nan.h\u{fffd}");
    let json = sandbox.run(&["scan", "addon", "--json"]).with_code(0).json();
    assert!(
        json["findings"].as_array().expect("a list").iter().any(|one| one["api"] == "Nan::New"),
        "{json}"
    );
    let unread = json["unread"].as_array().expect("a list");
    assert!(
        unread.iter().any(|place| place.as_str().is_some_and(|place| place.starts_with("broken.cc:"))),
        "{json}"
    );
    let text = sandbox.run(&["scan", "addon"]).with_code(0).stdout;
    assert!(text.contains("Not read as C++"), "{text}");
}

#[test]
fn a_folder_without_an_addon_is_refused() {
    let sandbox = Sandbox::new();
    sandbox.write("empty/readme.md", "");
    sandbox.run(&["scan", "empty"]).with_code(2).without_data().saying(&["empty has no C++ file"]);
    sandbox.run(&["scan", "absent"]).with_code(2).without_data().saying(&["absent"]);
}
