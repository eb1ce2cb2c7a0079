package snmp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des" // devices in use speak nothing better
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"sync"
)

// User is a user of version 3. Without Auth nothing is signed, without Priv
// nothing is encrypted.
type User struct {
	Name         string
	Auth         string // "", md5, sha, sha224, sha256, sha384 or sha512
	AuthPassword string
	Priv         string // "", des, aes, aes192, aes256, aes192c or aes256c; the last two make keys as Cisco does (Reeder)
	PrivPassword string
}

// authKind is a way of signing: RFC 3414 6 and 7, RFC 7860 4.
type authKind struct {
	hash func() hash.Hash
	size int // bytes of the digest that are sent
}

var authKinds = map[string]authKind{
	"md5": {md5.New, 12}, "sha": {sha1.New, 12}, "sha224": {sha256.New224, 16},
	"sha256": {sha256.New, 24}, "sha384": {sha512.New384, 32}, "sha512": {sha512.New, 48},
}

// privKind is a way of encrypting.
type privKind struct {
	key    int // bytes of the cipher's key
	des    bool
	reeder bool // lengthen a short key as draft-reeder-snmpv3-usm-3desede does, else as draft-blumenthal-aes-usm
}

var privKinds = map[string]privKind{
	"des": {key: 16, des: true}, "aes": {key: 16}, "aes192": {key: 24}, "aes256": {key: 32},
	"aes192c": {key: 24, reeder: true}, "aes256c": {key: 32, reeder: true},
}

// check says what is wrong with a user before it is tried.
func (u User) check() error {
	u = u.normal()
	switch {
	case u.Name == "":
		return errors.New("a user of version 3 needs a name")
	case len(u.Name) > 32:
		return errors.New("a user's name has at most 32 bytes")
	case u.Auth != "" && authKinds[u.Auth].hash == nil:
		return fmt.Errorf("auth %q is not known; md5, sha, sha224, sha256, sha384 and sha512 are", u.Auth)
	case u.Priv != "" && privKinds[u.Priv].key == 0:
		return fmt.Errorf("priv %q is not known; des, aes, aes192, aes256, aes192c and aes256c are", u.Priv)
	case u.Priv != "" && u.Auth == "":
		return errors.New("encryption needs signing: give auth as well")
	case u.Auth != "" && len(u.AuthPassword) < 8:
		return errors.New("an auth password has at least 8 bytes")
	case u.Priv != "" && len(u.PrivPassword) < 8:
		return errors.New("a priv password has at least 8 bytes")
	}
	return nil
}

// normal writes the names of algorithms in one way: SHA-256, sha2-256 and
// hmac-sha-256 are sha256; aes128 is aes.
func (u User) normal() User {
	short := func(s string) string {
		s = strings.ToLower(strings.NewReplacer("-", "", "_", "", " ", "").Replace(s))
		s = strings.TrimPrefix(s, "hmac")
		switch s {
		case "none", "noauth", "nopriv":
			return ""
		case "sha1", "sha96", "sha196":
			return "sha"
		case "md596":
			return "md5"
		case "aes128", "cfb128aes128":
			return "aes"
		case "cbcdes", "des56":
			return "des"
		}
		return s
	}
	u.Auth, u.Priv = short(u.Auth), short(u.Priv)
	if strings.HasPrefix(u.Auth, "sha2") && len(u.Auth) == 7 { // sha2256 from sha2-256
		u.Auth = "sha" + u.Auth[4:]
	}
	return u
}

// keyCache keeps what a password costs a million bytes of hashing to make.
type keyCache struct {
	mu   sync.Mutex
	keys map[string][]byte
}

var passwordKeys keyCache // of the process; a password's key says no more than the password, which is kept as well

// passwordKey is RFC 3414 A.2: the digest of a megabyte of the password repeated.
func passwordKey(auth string, password []byte) []byte {
	id := auth + "\x00" + string(password)
	passwordKeys.mu.Lock()
	defer passwordKeys.mu.Unlock()
	if k := passwordKeys.keys[id]; k != nil {
		return k
	}
	k := stretch(authKinds[auth].hash(), password)
	if passwordKeys.keys == nil || len(passwordKeys.keys) > 256 {
		passwordKeys.keys = map[string][]byte{}
	}
	passwordKeys.keys[id] = k
	return k
}

func stretch(h hash.Hash, password []byte) []byte {
	const total = 1 << 20
	block := make([]byte, 0, 4096+len(password))
	for len(block) < 4096 {
		block = append(block, password...)
	}
	block = block[:len(block)/len(password)*len(password)]
	left := total
	for left > 0 {
		n := min(left, len(block))
		h.Write(block[:n])
		left -= n
	}
	return h.Sum(nil)
}

// localKey is RFC 3414 2.6: the key for one engine.
func localKey(auth string, key, engine []byte) []byte {
	h := authKinds[auth].hash()
	h.Write(key)
	h.Write(engine)
	h.Write(key)
	return h.Sum(nil)
}

// keys are a user's for one engine.
type keys struct {
	auth authKind
	priv privKind
	sign []byte
	hide []byte
}

func makeKeys(u User, engine []byte) keys {
	var k keys
	if u.Auth == "" {
		return k
	}
	k.auth = authKinds[u.Auth]
	k.sign = localKey(u.Auth, passwordKey(u.Auth, []byte(u.AuthPassword)), engine)
	if u.Priv == "" {
		return k
	}
	k.priv = privKinds[u.Priv]
	key := localKey(u.Auth, passwordKey(u.Auth, []byte(u.PrivPassword)), engine)
	for last := key; len(key) < k.priv.key; {
		if k.priv.reeder {
			last = localKey(u.Auth, stretch(k.auth.hash(), last), engine)
			key = append(slices.Clip(key), last...)
			continue
		}
		h := k.auth.hash()
		h.Write(key)
		key = append(slices.Clip(key), h.Sum(nil)...)
	}
	k.hide = key[:k.priv.key]
	return k
}

func (k keys) digest(message []byte) []byte {
	h := hmac.New(k.auth.hash, k.sign)
	h.Write(message)
	return h.Sum(nil)[:k.auth.size]
}

// verified reports whether the digest inside message, which digest aliases, is
// right. The message is as it was afterwards.
func (k keys) verified(message, digest []byte) bool {
	if len(digest) != k.auth.size {
		return false
	}
	got := slices.Clone(digest)
	clear(digest)
	want := k.digest(message)
	copy(digest, got)
	return hmac.Equal(got, want)
}

// encrypt returns what hides plain and the salt it was done with; count makes
// the salt different for each message.
func (k keys) encrypt(plain []byte, boots, time int64, count uint64) (hidden, salt []byte, err error) {
	salt = make([]byte, 8)
	if k.priv.des {
		binary.BigEndian.PutUint32(salt, uint32(boots))
		binary.BigEndian.PutUint32(salt[4:], uint32(count))
		block, err := des.NewCipher(k.hide[:8])
		if err != nil {
			return nil, nil, err
		}
		padded := make([]byte, (len(plain)+7)/8*8)
		copy(padded, plain)
		cipher.NewCBCEncrypter(block, desIV(k.hide, salt)).CryptBlocks(padded, padded)
		return padded, salt, nil
	}
	binary.BigEndian.PutUint64(salt, count)
	block, err := aes.NewCipher(k.hide)
	if err != nil {
		return nil, nil, err
	}
	hidden = make([]byte, len(plain))
	cfb(block, aesIV(boots, time, salt), hidden, plain, false)
	return hidden, salt, nil
}

func (k keys) decrypt(hidden []byte, boots, time int64, salt []byte) ([]byte, error) {
	if len(salt) != 8 {
		return nil, fmt.Errorf("a salt of %d bytes where 8 belong", len(salt))
	}
	plain := make([]byte, len(hidden))
	if k.priv.des {
		if len(hidden)%8 != 0 {
			return nil, errors.New("an encrypted PDU that is no whole number of blocks")
		}
		block, err := des.NewCipher(k.hide[:8])
		if err != nil {
			return nil, err
		}
		cipher.NewCBCDecrypter(block, desIV(k.hide, salt)).CryptBlocks(plain, hidden)
		return plain, nil
	}
	block, err := aes.NewCipher(k.hide)
	if err != nil {
		return nil, err
	}
	cfb(block, aesIV(boots, time, salt), plain, hidden, true)
	return plain, nil
}

// desIV is RFC 3414 8.1.1.1.
func desIV(key, salt []byte) []byte {
	iv := make([]byte, 8)
	for i := range iv {
		iv[i] = key[8+i] ^ salt[i]
	}
	return iv
}

// aesIV is RFC 3826 3.1.2.1.
func aesIV(boots, time int64, salt []byte) []byte {
	iv := make([]byte, 16)
	binary.BigEndian.PutUint32(iv, uint32(boots))
	binary.BigEndian.PutUint32(iv[4:], uint32(time))
	copy(iv[8:], salt)
	return iv
}

// cfb is cipher feedback over whole blocks, as RFC 3826 wants it.
func cfb(block cipher.Block, iv, dst, src []byte, decrypt bool) {
	stream := make([]byte, len(iv))
	for len(src) > 0 {
		block.Encrypt(stream, iv)
		n := min(len(src), len(iv))
		if decrypt {
			copy(iv, src[:n])
		}
		for i := range n {
			dst[i] = src[i] ^ stream[i]
		}
		if !decrypt {
			copy(iv, dst[:n])
		}
		dst, src = dst[n:], src[n:]
	}
}
