package signin

var (
	CheckHash    = checkPassword
	HashPassword = hashPassword
)

// Cheaply makes hashes cost next to nothing until the returned function is called:
// most tests are not about them.
func Cheaply() (dear func()) {
	was := current
	current = cost{memory: 64, passes: 1, lanes: 1}
	return func() { current = was }
}
