import protobuf from 'protobufjs';

/*
 * The messages of which a SavedModel is made, with the fields that are written. Names and numbers of fields are those
 * of TensorFlow's .proto files: saved_model, meta_graph, saver (tensorflow/core/protobuf); graph, node_def, attr_value,
 * function, op_def, tensor, tensor_shape, versions (tensorflow/core/framework); tensor_bundle and variable.
 */

const SOURCE = `
syntax = "proto3";
package tensorflow;

message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }

message MetaGraphDef {
  message MetaInfoDef {
    repeated string tags = 4;
    string tensorflow_version = 5;
    bool stripped_default_attrs = 7;
  }
  MetaInfoDef meta_info_def = 1;
  GraphDef graph_def = 2;
  SaverDef saver_def = 3;
  map<string, CollectionDef> collection_def = 4;
  map<string, SignatureDef> signature_def = 5;
}

message CollectionDef {
  message BytesList { repeated bytes value = 1; }
  oneof kind { BytesList bytes_list = 2; }
}

message SaverDef {
  string filename_tensor_name = 1;
  string save_tensor_name = 2;
  string restore_op_name = 3;
  int32 max_to_keep = 4;
  bool sharded = 5;
  float keep_checkpoint_every_n_hours = 6;
  int32 version = 7;
}

message VariableDef {
  string variable_name = 1;
  string initializer_name = 2;
  string snapshot_name = 3;
  bool is_resource = 5;
  string initial_value_name = 6;
  bool trainable = 7;
}

message SignatureDef {
  map<string, TensorInfo> inputs = 1;
  map<string, TensorInfo> outputs = 2;
  string method_name = 3;
}

message TensorInfo { string name = 1; int32 dtype = 2; TensorShapeProto tensor_shape = 3; }

message GraphDef { repeated NodeDef node = 1; FunctionDefLibrary library = 2; VersionDef versions = 4; }

message VersionDef { int32 producer = 1; int32 min_consumer = 2; }

message NodeDef {
  string name = 1;
  string op = 2;
  repeated string input = 3;
  map<string, AttrValue> attr = 5;
}

message AttrValue {
  message ListValue {
    repeated bytes s = 2;
    repeated int64 i = 3;
    repeated float f = 4;
    repeated bool b = 5;
    repeated int32 type = 6;
    repeated TensorShapeProto shape = 7;
  }
  oneof value {
    bytes s = 2;
    int64 i = 3;
    float f = 4;
    bool b = 5;
    int32 type = 6;
    TensorShapeProto shape = 7;
    TensorProto tensor = 8;
    ListValue list = 1;
    NameAttrList func = 10;
  }
}

message NameAttrList { string name = 1; map<string, AttrValue> attr = 2; }

message TensorShapeProto {
  message Dim { int64 size = 1; }
  repeated Dim dim = 2;
  bool unknown_rank = 3;
}

message TensorProto { int32 dtype = 1; TensorShapeProto tensor_shape = 2; bytes tensor_content = 4; repeated bytes string_val = 8; }

message FunctionDefLibrary { repeated FunctionDef function = 1; }

message FunctionDef {
  OpDef signature = 1;
  repeated NodeDef node_def = 3;
  map<string, string> ret = 4;
  map<string, string> control_ret = 6;
}

message OpDef {
  message ArgDef { string name = 1; int32 type = 3; }
  string name = 1;
  repeated ArgDef input_arg = 2;
  repeated ArgDef output_arg = 3;
  bool is_stateful = 17;
  repeated string control_output = 20;
}

message BundleHeaderProto { int32 num_shards = 1; int32 endianness = 2; VersionDef version = 3; }

message BundleEntryProto {
  int32 dtype = 1;
  TensorShapeProto shape = 2;
  int32 shard_id = 3;
  int64 offset = 4;
  int64 size = 5;
  fixed32 crc32c = 6;
}
`;

/** Messages that are written by themselves; all others are parts of these. */
export type MessageName = 'SavedModel' | 'VariableDef' | 'BundleHeaderProto' | 'BundleEntryProto';

let root: protobuf.Root | undefined;

/** The bytes of a message. Fields have the names of TensorFlow's files in camelCase. */
export function encodeMessage(name: MessageName, fields: object): Uint8Array {
  root ??= protobuf.parse(SOURCE).root;
  const type = root.lookupType(`tensorflow.${name}`);
  return type.encode(type.fromObject({ ...fields })).finish();
}
