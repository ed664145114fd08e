package app

import (
	"strings"
	"sync"

	gogoproto "github.com/cosmos/gogoproto/proto"
	golangproto "github.com/golang/protobuf/proto" //nolint:staticcheck // the gateway reads no other registry
	"google.golang.org/protobuf/reflect/protoreflect"
)

// registerRESTEnums lets the REST gateway take our enumerations by name in a query's parameters, as the OpenAPI
// description offers them and as it does in paths: `?work_class=WORK_CLASS_DISK` beside `?work_class=2`. gogoproto's
// generated code does not register them where the gateway looks.
//
// The gateway's registry takes each name once in a process, and a process may hold several apps.
var registerRESTEnums = sync.OnceFunc(func() {
	gogoproto.HybridResolver.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		if !strings.HasPrefix(string(file.Package()), "joule.") {
			return true
		}
		enums := file.Enums()
		for i := range enums.Len() {
			registerRESTEnum(enums.Get(i))
		}
		return true
	})
})

func registerRESTEnum(enum protoreflect.EnumDescriptor) {
	name := string(enum.FullName())
	if golangproto.EnumValueMap(name) != nil { //nolint:staticcheck // the gateway reads no other registry
		return // registered by somebody else
	}
	names, numbers := map[int32]string{}, map[string]int32{}
	values := enum.Values()
	for i := range values.Len() {
		n, text := int32(values.Get(i).Number()), string(values.Get(i).Name())
		names[n], numbers[text] = text, n
	}
	golangproto.RegisterEnum(name, names, numbers) //nolint:staticcheck // the gateway reads no other registry
}
