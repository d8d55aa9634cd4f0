#include "runtime/json.h"

#include <gtest/gtest.h>

#include <string>

namespace tessera::test {
namespace {

bool accepts(std::string_view text) {
  JsonReader json(text);
  return json.skip() && json.finish();
}

TEST(Json, AcceptsWhatIsJson) {
  for (const char* text : {"0", "-1.5e-3", "\"\"", "\"\\n\\u12aF\\\\\"", "true", "false", "null", "[]", "{}",
                           " [1 , 2] ", "{\"a\":{\"b\":[{}]},\"c\":1}\n"})
    EXPECT_TRUE(accepts(text)) << text;
}

TEST(Json, RefusesWhatIsNot) {
  for (const char* text :
       {"",           " ",     "-",         "+1",   "1.",    ".5",      "1e",        "inf",     "nan",
        "-inf",       "1 2",   "tru",       "nul",  "\"",    "\"\\x\"", "\"\\u12\"", "\"\n\"",  "[",
        "[1",         "[1,",   "[1,]",      "[,1]", "[1 2]", "{",       "{\"a\"",    "{\"a\":", "{\"a\":1",
        "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "}",    "]",     "{]",      "[}",        "1e999"})
    EXPECT_FALSE(accepts(text)) << text;
}

TEST(Json, DepthIsBounded) {
  EXPECT_TRUE(accepts(std::string(20, '[') + std::string(20, ']')));
  EXPECT_FALSE(accepts(std::string(100000, '[') + std::string(100000, ']')));
  EXPECT_FALSE(accepts(std::string(100000, '[')));
}

TEST(Json, ReadsMembers) {
  JsonReader json(
      "{\"n\": -12.5, \"s\": \"a\\\"b\\u0041\", \"inner\": {\"t\": true, \"f\": false}, \"skipped\": [1], \"z\": 1}");
  JsonReader::Text key, text;
  double n = 0, z = 0;
  bool t = false, f = true;
  ASSERT_TRUE(json.enter_object());
  while (json.next_key(key)) {
    if (key.view() == "n") {
      EXPECT_TRUE(json.number(n));
    } else if (key.view() == "s") {
      EXPECT_TRUE(json.string(text));
    } else if (key.view() == "inner") {
      EXPECT_TRUE(json.enter_object());
      while (json.next_key(key)) EXPECT_TRUE(json.boolean(key.view() == "t" ? t : f));
    } else if (key.view() == "z") {
      EXPECT_TRUE(json.number(z));
    } else {
      EXPECT_TRUE(json.skip());
    }
  }
  EXPECT_TRUE(json.finish()) << json.error();
  EXPECT_EQ(n, -12.5);
  EXPECT_EQ(text.view(), "a\"b?");
  EXPECT_TRUE(t);
  EXPECT_FALSE(f);
  EXPECT_EQ(z, 1);
}

TEST(Json, SaysWhereAndWhatIsWrong) {
  JsonReader json("{\n \"a\": 1,\n \"b\": \"x\"\n}");
  JsonReader::Text key;
  double n = 0;
  ASSERT_TRUE(json.enter_object());
  ASSERT_TRUE(json.next_key(key) && json.number(n) && json.next_key(key));
  EXPECT_FALSE(json.number(n));
  EXPECT_EQ(json.line(), 3);
  EXPECT_STREQ(json.error(), "expected a number");
  EXPECT_FALSE(json.next_key(key));
  EXPECT_FALSE(json.finish());
  EXPECT_STREQ(json.error(), "expected a number");
}

TEST(Json, LongStringsAreSkippedAndNotRead) {
  const std::string text = '"' + std::string(97, 'x') + '"';
  EXPECT_TRUE(accepts(text));
  JsonReader json(text);
  JsonReader::Text value;
  EXPECT_FALSE(json.string(value));
}

}  // namespace
}  // namespace tessera::test
