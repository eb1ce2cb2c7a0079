package database

import (
	"embed"
	"strings"
)

//go:embed roles/*
var roles embed.FS

// RoleScript is the script that makes the role with the least rights the
// checks need, in the engine's own language, to be read and run by the person
// who may make roles. It holds no password: CHANGE-ME stands for it.
func RoleScript(e Engine) string {
	names, err := roles.ReadDir("roles")
	if err == nil {
		for _, n := range names {
			if strings.TrimSuffix(n.Name(), n.Name()[strings.LastIndexByte(n.Name(), '.'):]) == string(e) {
				b, err := roles.ReadFile("roles/" + n.Name())
				if err == nil {
					return string(b)
				}
			}
		}
	}
	panic("database: there is no script for " + string(e)) // a test holds that each engine has one
}
