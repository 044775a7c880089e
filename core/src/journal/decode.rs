//! Reading an entry: `kind` stands before `body`, as it was written, and says what is in it.
//!
//! Serde's own way to read a tag beside its content (`flatten`) keeps all of it in memory first and reads it a second time from
//! there, with code of its own for every type: 20 KB more for a tablet to download.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, EnumAccess, Error, IgnoredAny, IntoDeserializer, MapAccess, VariantAccess, Visitor,
        value::StrDeserializer,
    },
};

use super::{Body, Entry, read_body};

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Field {
    V,
    Shop,
    Till,
    Epoch,
    Seq,
    Prev,
    AtMs,
    Staff,
    Shift,
    Kind,
    Body,
    #[serde(other)]
    Unknown,
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntryVisitor)
    }
}

struct EntryVisitor;

impl<'de> Visitor<'de> for EntryVisitor {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a journal entry")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let (mut v, mut shop, mut till, mut epoch, mut seq, mut prev) = (None, None, None, None, None, None);
        let (mut at_ms, mut staff, mut shift) = (None, None, None);
        let (mut kind, mut body) = (None::<String>, None);
        while let Some(field) = map.next_key()? {
            match field {
                Field::V => once(&mut v, map.next_value()?, "v")?,
                Field::Shop => once(&mut shop, map.next_value()?, "shop")?,
                Field::Till => once(&mut till, map.next_value()?, "till")?,
                Field::Epoch => once(&mut epoch, map.next_value()?, "epoch")?,
                Field::Seq => once(&mut seq, map.next_value()?, "seq")?,
                Field::Prev => once(&mut prev, map.next_value()?, "prev")?,
                Field::AtMs => once(&mut at_ms, map.next_value()?, "at_ms")?,
                Field::Staff => once(&mut staff, map.next_value()?, "staff")?,
                Field::Shift => once(&mut shift, map.next_value()?, "shift")?,
                Field::Kind => once(&mut kind, map.next_value()?, "kind")?,
                Field::Body => {
                    let kind = have(kind.as_deref(), "kind")?;
                    once(&mut body, read_body(Content { kind, value: Some(&mut map) })?, "body")?;
                }
                Field::Unknown => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let body: Body = match body {
            Some(body) => body,
            None => read_body(Content { kind: have(kind.as_deref(), "kind")?, value: None::<&mut A> })?,
        };
        Ok(Entry {
            v: have(v, "v")?,
            shop: have(shop, "shop")?,
            till: have(till, "till")?,
            epoch: have(epoch, "epoch")?,
            seq: have(seq, "seq")?,
            prev: have(prev, "prev")?,
            at_ms: have(at_ms, "at_ms")?,
            staff: staff.flatten(),
            shift: shift.flatten(),
            body,
        })
    }
}

fn once<T, E: Error>(slot: &mut Option<T>, value: T, name: &'static str) -> Result<(), E> {
    if slot.replace(value).is_some() { Err(E::duplicate_field(name)) } else { Ok(()) }
}

fn have<T, E: Error>(slot: Option<T>, name: &'static str) -> Result<T, E> {
    slot.ok_or_else(|| E::missing_field(name))
}

/// What Serde takes for an enum: the kind is the variant's name, and the value that comes next in the map (if any) is in it.
struct Content<'k, 'a, A> {
    kind: &'k str,
    value: Option<&'a mut A>,
}

impl<'de, A: MapAccess<'de>> Deserializer<'de> for Content<'_, '_, A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_enum(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, 'k, 'a, A: MapAccess<'de>> EnumAccess<'de> for Content<'k, 'a, A> {
    type Error = A::Error;
    type Variant = Value<'a, A>;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Value<'a, A>), A::Error> {
        let name: StrDeserializer<'k, A::Error> = self.kind.into_deserializer();
        Ok((seed.deserialize(name)?, Value(self.value)))
    }
}

struct Value<'a, A>(Option<&'a mut A>);

impl<'de, A: MapAccess<'de>> VariantAccess<'de> for Value<'_, A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.map_or(Ok(()), MapAccess::next_value)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, A::Error> {
        have(self.0, "body")?.next_value_seed(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, A::Error> {
        Err(A::Error::custom("no kind of entry is a list"))
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, A::Error> {
        have(self.0, "body")?.next_value_seed(Fields(visitor))
    }
}

struct Fields<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Fields<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_map(self.0)
    }
}
