-- What the registry shows over HTTP: .proto files. Filled when a structure is registered; `iochub db migrate` adds
-- what was registered before this file.

CREATE TABLE hub.schema_file (
        id            integer PRIMARY KEY DEFAULT nextval('hub.schema_id'),
        subject       text NOT NULL CHECK (subject <> ''),
        version       integer NOT NULL CHECK (version > 0),
        fingerprint   bytea NOT NULL CHECK (length(fingerprint) = 32),
        descriptor    bytea NOT NULL,
        content       text NOT NULL,
        registered_at timestamptz NOT NULL DEFAULT now(),
        registered_by text NOT NULL DEFAULT session_user,
        UNIQUE (subject, version)
);
COMMENT ON TABLE hub.schema_file IS 'Tệp .proto mà sổ đăng ký cho xem qua HTTP | The .proto files that the registry shows over HTTP';
COMMENT ON COLUMN hub.schema_file.id IS 'Mã trong hub.schema, hoặc mã riêng của tệp được import | The id of hub.schema, or an imported file''s own';
COMMENT ON COLUMN hub.schema_file.subject IS 'Tên trong hub.schema, hoặc đường dẫn import | The subject of hub.schema, or an import path';
COMMENT ON COLUMN hub.schema_file.fingerprint IS 'SHA-256 của tệp và các tệp nó import | SHA-256 of the file and of what it imports';
COMMENT ON COLUMN hub.schema_file.descriptor IS 'google.protobuf.FileDescriptorProto';
COMMENT ON COLUMN hub.schema_file.content IS 'Văn bản .proto | The .proto text';

CREATE TABLE hub.schema_reference (
        file     integer NOT NULL REFERENCES hub.schema_file (id),
        position integer NOT NULL CHECK (position >= 0),
        target   integer NOT NULL REFERENCES hub.schema_file (id),
        PRIMARY KEY (file, position)
);
CREATE INDEX schema_reference_target ON hub.schema_reference (target);
COMMENT ON TABLE hub.schema_reference IS 'Tệp nào import tệp nào, theo thứ tự | Which file imports which, in order';

GRANT SELECT ON hub.schema_file, hub.schema_reference TO iochub_hub;
