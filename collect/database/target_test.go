package database

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"steward/engine/calc"
)

func TestAddressesAreReadAndTheirPasswordIsNeverShown(t *testing.T) {
	for in, want := range map[string]string{
		"postgres://steward:hush@db1/shop":           "postgres://steward@db1:5432/shop",
		"postgresql://db1:6432/shop?sslmode=require": "postgresql://db1:6432/shop",
		"mysql://steward:hu%2Fsh@db1":                "mysql://steward@db1:3306",
		"mariadb://[::1]:3307/x":                     "mariadb://[::1]:3307/x",
		"sqlserver://steward:hush@db1?database=shop": "sqlserver://steward@db1:1433?database=shop",
		"oracle://steward:hush@db1/ORCLPDB1":         "oracle://steward@db1:1521/ORCLPDB1",
		"mongodb://steward:hush@a,b:27018/?tls=true": "mongodb://steward@a:27017,b:27018/",
		"redis://:hush@db1/2":                        "redis://db1:6379/2",
		"rediss://steward@db1":                       "rediss://steward@db1:6379",
	} {
		got, err := ParseTarget(in, "")
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if got.Name != want {
			t.Errorf("%s: got %s, want %s", in, got.Name, want)
		}
		for _, shown := range []string{fmt.Sprint(got), fmt.Sprintf("%v", &got), fmt.Sprintf("%#v", got), fmt.Sprintf("%+v", got)} {
			if strings.Contains(shown, "hush") || strings.Contains(shown, "hu/sh") {
				t.Errorf("%s shows its password as %s", in, shown)
			}
		}
	}
}

func TestWrongAddressesAreNamedInOneLineWithoutThePassword(t *testing.T) {
	for _, in := range []string{
		"", "db1", "http://db1", "ftp://a:hush@b", "postgres://", "postgres:///shop", "postgres://u:hush@db1:port/x", "postgres://u:hush@db1:0/x", "postgres://u:hush@a,b/x", "oracle://u:hush@db1",
		"redis://:hush@db1/x", "sqlite:", "sqlite:/none/such.db", "sqlite:/", "mongodb+srv://u:hush@x", "postgres://u:hush@db1/x?nothing=1", "mysql://u:%zzhush@db1", "mysql://u:hush@::1/x", "postgres://u:hush@db1/x?%zz",
	} {
		_, err := ParseTarget(in, "")
		var wrong *calc.Invalid
		if !errors.As(err, &wrong) {
			t.Errorf("%q: got %v, want wrong input", in, err)
			continue
		}
		if strings.Contains(err.Error(), "hush") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	f.Add("postgres://u:p@h:1/d?sslmode=require")
	f.Add("mongodb://a,b/?tls=true")
	f.Fuzz(func(t *testing.T, s string) {
		if strings.HasPrefix(s, "sqlite:") {
			return // looks at files
		}
		target, err := ParseTarget(s, "")
		if err == nil && (len(target.hosts) == 0 || target.Name == "") {
			t.Fatalf("%q: %+v", s, target)
		}
	})
}

func TestThePasswordIsTakenOutOfADriversMessage(t *testing.T) {
	target, err := ParseTarget("postgres://u@h/d", "p@ss/word")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []string{"cannot dial postgres://u:p%40ss%2Fword@h/d", "dsn u:p@ss/word@tcp(h)"} {
		if got := target.hide(errors.New(m)).Error(); strings.Contains(got, "ss") && strings.Contains(got, "word") {
			t.Errorf("got %s", got)
		}
	}
}
