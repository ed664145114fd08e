package device_test

import (
	"github.com/cosmos/gogoproto/proto"
	protov2 "google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"
)

// descriptors finds a message's descriptor.
type descriptors interface {
	FindDescriptorByName(protoreflect.FullName) (protoreflect.Descriptor, error)
}

func protoName(name string) protoreflect.FullName { return protoreflect.FullName(name) }

func methods(d protoreflect.Descriptor) int {
	return d.(protoreflect.ServiceDescriptor).Methods().Len()
}

// dynamicOf is the message as the sign modes see it.
func dynamicOf(files descriptors, msg proto.Message) (protov2.Message, error) {
	desc, err := files.FindDescriptorByName(protoName(proto.MessageName(msg)))
	if err != nil {
		return nil, err
	}
	bz, err := proto.Marshal(msg)
	if err != nil {
		return nil, err
	}
	out := dynamicpb.NewMessage(desc.(protoreflect.MessageDescriptor))
	return out, protov2.Unmarshal(bz, out)
}
