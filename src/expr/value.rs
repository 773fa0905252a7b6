//! What an expression computes with: Java's values as far as expressions can reach them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde_json::Value as Json;

use crate::model::{Authentication, Execution, Map, Paused, StageExecution, Status, TaskExecution};

use super::calendar::{DateTime, Instant};

/// A value. JSON of the scope is borrowed; lists and maps made by the expression are shared, as Java's objects are.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Byte(i8),
    Int(i32),
    Long(i64),
    BigInt(i128),
    Float(f32),
    Double(f64),
    /// A UTF-16 unit, as Java's char.
    Char(u16),
    Text(Text<'a>),
    JsonList(&'a [Json]),
    JsonMap(&'a Map),
    List(Rc<List<'a>>),
    Map(Rc<MapBox<'a>>),
    Array(Rc<Array<'a>>),
    /// A map's entry.
    Entry(Rc<(Value<'a>, Value<'a>)>),
    /// The root object, read from the scope.
    Root,
    Execution(&'a Execution),
    Stage(&'a Execution, &'a StageExecution),
    /// A stage's context: falls back to the outputs of the stage's ancestors.
    StageContext(&'a Execution, &'a StageExecution),
    Task(&'a TaskExecution),
    Trigger(&'a Execution),
    Authentication(&'a Authentication),
    Paused(&'a Paused),
    Artifact(&'a Map),
    BuildInfo(&'a Map),
    SourceControl(&'a Map),
    Status(Status),
    /// `java.util.Date`, epoch milliseconds.
    Date(i64),
    /// `java.time.LocalDate`, days since 1970-01-01.
    LocalDate(i64),
    LocalDateTime(DateTime),
    Instant(Instant),
    /// 0 is Monday.
    DayOfWeek(u8),
    /// Index into `ChronoUnit`'s constants.
    ChronoUnit(u8),
    Uuid(u128),
    /// The 48-bit seed.
    Random(Rc<Cell<i64>>),
    /// The pattern.
    DateFormat(Rc<str>),
    Class(Type),
    /// A function named without being called.
    Function(&'static str),
    NotEvaluable(Rc<Value<'a>>),
}

/// Text of the scope or of the expression.
#[derive(Clone, Debug)]
pub(crate) enum Text<'a> {
    Borrowed(&'a str),
    Shared(Rc<str>),
}

impl Text<'_> {
    /// The characters.
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Shared(text) => text,
        }
    }
}

/// A collection made while evaluating.
#[derive(Debug)]
pub(crate) struct List<'a> {
    pub(crate) class: ListClass,
    pub(crate) items: RefCell<Vec<Value<'a>>>,
}

/// Which of Java's collections it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListClass {
    ArrayList,
    /// `{1,2}` of constants: unmodifiable.
    Inline,
    SubList,
    LinkedKeySet,
    HashKeySet,
    Values,
    EntrySet,
    /// Sets the model hands out; unmodifiable.
    ImmutableSet,
}

impl ListClass {
    /// Java's class name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ArrayList => "java.util.ArrayList",
            Self::Inline => "java.util.Collections$UnmodifiableRandomAccessList",
            Self::SubList => "java.util.ArrayList$SubList",
            Self::LinkedKeySet => "java.util.LinkedHashMap$LinkedKeySet",
            Self::HashKeySet => "java.util.HashMap$KeySet",
            Self::Values => "java.util.LinkedHashMap$LinkedValues",
            Self::EntrySet => "java.util.LinkedHashMap$LinkedEntrySet",
            Self::ImmutableSet => "com.google.common.collect.RegularImmutableSet",
        }
    }

    /// Whether it is a `java.util.List`.
    pub(crate) const fn is_list(self) -> bool {
        matches!(self, Self::ArrayList | Self::Inline | Self::SubList)
    }

    /// Whether it is a `java.util.Set`.
    pub(crate) const fn is_set(self) -> bool {
        matches!(self, Self::LinkedKeySet | Self::HashKeySet | Self::EntrySet | Self::ImmutableSet)
    }
}

/// A map made while evaluating; entries keep their order.
#[derive(Debug)]
pub(crate) struct MapBox<'a> {
    pub(crate) class: MapClass,
    pub(crate) entries: RefCell<Vec<(Value<'a>, Value<'a>)>>,
}

/// Which of Java's maps it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MapClass {
    Linked,
    Hash,
    /// `{a:1}` of constants: unmodifiable.
    Inline,
    Empty,
    /// The working copy of the root.
    Root,
}

impl MapClass {
    /// Java's class name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Linked => "java.util.LinkedHashMap",
            Self::Hash | Self::Root => "java.util.HashMap",
            Self::Inline => "java.util.Collections$UnmodifiableMap",
            Self::Empty => "java.util.Collections$EmptyMap",
        }
    }
}

/// A Java array.
#[derive(Debug)]
pub(crate) struct Array<'a> {
    /// Type of its items, without the dimension this array is.
    pub(crate) of: Type,
    pub(crate) items: RefCell<Vec<Value<'a>>>,
}

/// A Java class expressions may name, with array dimensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Type {
    /// `java.lang.String`, `int`.
    pub(crate) name: &'static str,
    /// 0 for the class itself.
    pub(crate) dimensions: u8,
}

impl Type {
    /// The class itself.
    pub(crate) const fn of(name: &'static str) -> Self {
        Self { name, dimensions: 0 }
    }

    /// `java.lang.String[]`.
    pub(crate) fn shown(self) -> String {
        format!("{}{}", self.name, "[]".repeat(usize::from(self.dimensions)))
    }

    /// `[Ljava.lang.String;`: the name the virtual machine uses.
    pub(crate) fn jvm_name(self) -> String {
        if self.dimensions == 0 {
            return self.name.to_owned();
        }
        let code = match self.name {
            "int" => "I".to_owned(),
            "long" => "J".to_owned(),
            "double" => "D".to_owned(),
            "float" => "F".to_owned(),
            "byte" => "B".to_owned(),
            "char" => "C".to_owned(),
            "short" => "S".to_owned(),
            "boolean" => "Z".to_owned(),
            name => format!("L{name};"),
        };
        format!("{}{code}", "[".repeat(usize::from(self.dimensions)))
    }

    /// Whether it is one of the primitives.
    pub(crate) fn is_primitive(self) -> bool {
        self.dimensions == 0 && !self.name.contains('.')
    }
}

impl<'a> Value<'a> {
    /// A scalar or a borrowed list or map of JSON.
    pub(crate) fn from_json(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(b) => Self::Bool(*b),
            Json::Number(n) => Self::from_number(n),
            Json::String(s) => Self::Text(Text::Borrowed(s)),
            Json::Array(items) => Self::JsonList(items),
            Json::Object(map) => Self::JsonMap(map),
        }
    }

    /// A deep copy of JSON that outlives it and may be changed.
    pub(crate) fn copy_json(json: &Json) -> Value<'a> {
        match json {
            Json::Null => Self::Null,
            Json::Bool(b) => Self::Bool(*b),
            Json::Number(n) => Self::from_number(n),
            Json::String(s) => Self::text(s.as_str()),
            Json::Array(items) => Self::list(items.iter().map(Self::copy_json).collect()),
            Json::Object(map) => Self::map(
                MapClass::Linked,
                map.iter().map(|(k, v)| (Self::text(k.as_str()), Self::copy_json(v))).collect(),
            ),
        }
    }

    fn from_number(number: &serde_json::Number) -> Value<'a> {
        match (number.as_i64(), number.as_u64()) {
            (Some(n), _) => i32::try_from(n).map_or(Self::Long(n), Self::Int),
            (None, Some(n)) => Self::BigInt(i128::from(n)),
            (None, None) => Self::Double(number.as_f64().unwrap_or(f64::NAN)),
        }
    }

    /// New text.
    pub(crate) fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(Text::Shared(text.into()))
    }

    /// Text of the scope, or null.
    pub(crate) fn opt_str(text: Option<&'a str>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(Text::Borrowed(text)))
    }

    /// A long, or null.
    pub(crate) fn opt_long(number: Option<i64>) -> Self {
        number.map_or(Self::Null, Self::Long)
    }

    /// A new `ArrayList`.
    pub(crate) fn list(items: Vec<Value<'a>>) -> Self {
        Self::collection(ListClass::ArrayList, items)
    }

    /// A new collection.
    pub(crate) fn collection(class: ListClass, items: Vec<Value<'a>>) -> Self {
        Self::List(Rc::new(List { class, items: RefCell::new(items) }))
    }

    /// A new map; no key may come twice.
    pub(crate) fn map(class: MapClass, entries: Vec<(Value<'a>, Value<'a>)>) -> Self {
        Self::Map(Rc::new(MapBox { class, entries: RefCell::new(entries) }))
    }

    /// A new array of items of a class.
    pub(crate) fn array(of: Type, items: Vec<Value<'a>>) -> Self {
        Self::Array(Rc::new(Array { of, items: RefCell::new(items) }))
    }

    /// The characters, if it is text or a status (whose class is a `CharSequence` too).
    pub(crate) fn chars(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.as_str()),
            Self::Status(status) => Some(status.as_str()),
            _ => None,
        }
    }

    /// The characters, if it is a `String`.
    pub(crate) fn str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text.as_str()),
            _ => None,
        }
    }

    /// Whether it is null.
    pub(crate) const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether it is a `java.util.Map`.
    pub(crate) const fn is_map(&self) -> bool {
        matches!(self, Self::JsonMap(_) | Self::Map(_) | Self::Root | Self::StageContext(..))
    }

    /// Whether it is a `java.lang.Number`.
    pub(crate) const fn is_number(&self) -> bool {
        matches!(
            self,
            Self::Byte(_) | Self::Int(_) | Self::Long(_) | Self::BigInt(_) | Self::Float(_) | Self::Double(_)
        )
    }

    /// The items, if it is a `java.util.Collection`.
    pub(crate) fn collection_items(&self) -> Option<Vec<Value<'a>>> {
        match self {
            Self::JsonList(items) => Some(items.iter().map(Value::from_json).collect()),
            Self::List(list) => Some(list.items.borrow().clone()),
            _ => None,
        }
    }

    /// The items, if it is a collection or an array.
    pub(crate) fn items(&self) -> Option<Vec<Value<'a>>> {
        match self {
            Self::Array(array) => Some(array.items.borrow().clone()),
            other => other.collection_items(),
        }
    }

    /// Java's class.
    pub(crate) fn class(&self) -> Type {
        match self {
            Self::Array(array) => Type { name: array.of.name, dimensions: array.of.dimensions + 1 },
            other => Type::of(other.class_name()),
        }
    }

    fn class_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "java.lang.Boolean",
            Self::Byte(_) => "java.lang.Byte",
            Self::Int(_) => "java.lang.Integer",
            Self::Long(_) => "java.lang.Long",
            Self::BigInt(_) => "java.math.BigInteger",
            Self::Float(_) => "java.lang.Float",
            Self::Double(_) => "java.lang.Double",
            Self::Char(_) => "java.lang.Character",
            Self::Text(_) => "java.lang.String",
            Self::JsonList(_) => ListClass::ArrayList.name(),
            Self::JsonMap(_) => MapClass::Linked.name(),
            Self::List(list) => list.class.name(),
            Self::Map(map) => map.class.name(),
            Self::Array(array) => array.of.name,
            Self::Entry(_) => "java.util.LinkedHashMap$Entry",
            Self::Root => MapClass::Root.name(),
            Self::Execution(_) => "com.netflix.spinnaker.orca.pipeline.model.PipelineExecutionImpl",
            Self::Stage(..) => "com.netflix.spinnaker.orca.pipeline.model.StageExecutionImpl",
            Self::StageContext(..) => "com.netflix.spinnaker.orca.pipeline.model.StageContext",
            Self::Task(_) => "com.netflix.spinnaker.orca.pipeline.model.TaskExecutionImpl",
            Self::Trigger(_) => "com.netflix.spinnaker.orca.pipeline.model.DefaultTrigger",
            Self::Authentication(_) => {
                "com.netflix.spinnaker.orca.api.pipeline.models.PipelineExecution$AuthenticationDetails"
            }
            Self::Paused(_) => "com.netflix.spinnaker.orca.api.pipeline.models.PipelineExecution$PausedDetails",
            Self::Artifact(_) => "com.netflix.spinnaker.kork.artifacts.model.Artifact",
            Self::BuildInfo(_) => "com.netflix.spinnaker.orca.pipeline.model.JenkinsBuildInfo",
            Self::SourceControl(_) => "com.netflix.spinnaker.orca.pipeline.model.SourceControl",
            Self::Status(_) => "com.netflix.spinnaker.orca.api.pipeline.models.ExecutionStatus",
            Self::Date(_) => "java.util.Date",
            Self::LocalDate(_) => "java.time.LocalDate",
            Self::LocalDateTime(_) => "java.time.LocalDateTime",
            Self::Instant(_) => "java.time.Instant",
            Self::DayOfWeek(_) => "java.time.DayOfWeek",
            Self::ChronoUnit(_) => "java.time.temporal.ChronoUnit",
            Self::Uuid(_) => "java.util.UUID",
            Self::Random(_) => "java.util.Random",
            Self::DateFormat(_) => "java.text.SimpleDateFormat",
            Self::Class(_) => "java.lang.Class",
            Self::Function(_) => "java.lang.reflect.Method",
            Self::NotEvaluable(_) => "com.netflix.spinnaker.kork.expressions.NotEvaluableExpression",
        }
    }
}
