//! What a table of methods holds, and which tables a value has.

use crate::expr::convert::to_text;
use crate::expr::error::Result;
use crate::expr::machine::Machine;
use crate::expr::operators::same;
use crate::expr::value::Value;

use super::resolve::Param;
use super::utility::hash_code;
use super::{collection, math, number, spinnaker, string, time, utility};

/// Runs a method with converted arguments.
pub(super) type Call = for<'a> fn(&Machine<'a>, &Value<'a>, &[Value<'a>]) -> Result<Value<'a>>;

/// One public method of a class.
pub(super) struct Method {
    pub(super) name: &'static str,
    pub(super) params: &'static [Param],
    pub(super) is_static: bool,
    /// Its return type, when that is one expressions may not use.
    pub(super) refused: Option<&'static str>,
    pub(super) call: Call,
}

/// A method of instances.
pub(super) const fn m(name: &'static str, params: &'static [Param], call: Call) -> Method {
    Method { name, params, is_static: false, refused: None, call }
}

/// A static method.
pub(super) const fn s(name: &'static str, params: &'static [Param], call: Call) -> Method {
    Method { name, params, is_static: true, refused: None, call }
}

/// A getter whose return type is refused.
pub(super) const fn refused(name: &'static str, returns: &'static str) -> Method {
    Method { name, params: &[], is_static: false, refused: Some(returns), call: |_, _, _| Ok(Value::Null) }
}

/// What every object has.
const OBJECT: &[Method] = &[
    m("equals", &[Param::Any], |c, t, a| same(c, t, &a[0]).map(Value::Bool)),
    m("hashCode", &[], |c, t, _| hash_code(c, t).map(Value::Int)),
    m("toString", &[], |c, t, _| to_text(c, t).map(Value::text)),
    refused("getClass", "class java.lang.Class"),
];

/// What is left of them for a class that inherits `equals` and `hashCode`: Spinnaker refuses all that `Class` inherits.
const PLAIN_OBJECT: &[Method] =
    &[m("toString", &[], |c, t, _| to_text(c, t).map(Value::text)), refused("getClass", "class java.lang.Class")];

/// The tables of a value's class; of the class it names, if it is one.
pub(super) fn tables(value: &Value<'_>) -> Vec<&'static [Method]> {
    let own: &'static [Method] = match value {
        Value::Class(class) if class.dimensions > 0 => &[],
        Value::Class(class) => return vec![of_class(class.name)],
        Value::JsonList(_) => return vec![collection::COLLECTION, collection::LIST, OBJECT],
        Value::List(list) if list.class.is_list() => return vec![collection::COLLECTION, collection::LIST, OBJECT],
        Value::List(_) => collection::COLLECTION,
        Value::JsonMap(_) | Value::Map(_) | Value::Root | Value::StageContext(..) => collection::MAP,
        Value::Entry(_) => collection::ENTRY,
        Value::Float(_) => number::FLOAT,
        Value::BigInt(_) => number::BIG_INTEGER,
        Value::Char(_) => number::CHARACTER,
        Value::Execution(_) => spinnaker::EXECUTION,
        Value::Stage(..) => spinnaker::STAGE,
        Value::Task(_) => spinnaker::TASK,
        Value::Trigger(_) => spinnaker::TRIGGER,
        Value::Authentication(_) => spinnaker::AUTHENTICATION,
        Value::Paused(_) => spinnaker::PAUSED,
        Value::Artifact(_) => spinnaker::ARTIFACT,
        Value::BuildInfo(_) => spinnaker::BUILD_INFO,
        Value::SourceControl(_) => spinnaker::SOURCE_CONTROL,
        Value::Status(_) => spinnaker::STATUS,
        other => of_class(other.class().shown().as_str()),
    };
    vec![own, if matches!(value, Value::Array(_) | Value::Random(_)) { PLAIN_OBJECT } else { OBJECT }]
}

fn of_class(name: &str) -> &'static [Method] {
    match name {
        "java.lang.String" => string::STRING,
        "java.lang.Integer" => number::INTEGER,
        "java.lang.Long" => number::LONG,
        "java.lang.Double" => number::DOUBLE,
        "java.lang.Byte" => number::BYTE,
        "java.lang.Boolean" => number::BOOLEAN,
        "java.lang.Math" => math::MATH,
        "java.util.Date" => time::DATE,
        "java.text.SimpleDateFormat" => time::DATE_FORMAT,
        "java.time.LocalDate" => time::LOCAL_DATE,
        "java.time.LocalDateTime" => time::LOCAL_DATE_TIME,
        "java.time.Instant" => time::INSTANT,
        "java.time.DayOfWeek" => time::DAY_OF_WEEK,
        "java.time.temporal.ChronoUnit" => time::CHRONO_UNIT,
        "java.util.UUID" => utility::UUID,
        "java.util.Random" => utility::RANDOM,
        "java.net.URLEncoder" => utility::URL_ENCODER,
        _ => &[],
    }
}
