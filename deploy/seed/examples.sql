-- Sharing grants and route rules of the three example datasets, applied by deploy/quickstart after the datasets are
-- registered: psql -f deploy/seed/examples.sql. Running it again changes nothing. Agency codes are examples.

-- ---------------------------------------------------------------- default sharing
INSERT INTO sharing.access_grant (dataset, kind, basis, valid_from)
SELECT v.dataset, 'DEFAULT', v.basis, timestamptz '2020-12-21 00:00:00+07'
FROM (VALUES ('don-vi-hanh-chinh', 'ví dụ: danh mục dùng chung, chia sẻ mặc định | example: shared catalogue'),
             ('chat-luong-khong-khi', 'ví dụ: dữ liệu quan trắc, chia sẻ mặc định | example: monitoring data')) AS v (dataset, basis)
JOIN hub.dataset d ON d.name = v.dataset
WHERE NOT EXISTS (SELECT FROM sharing.access_grant g WHERE g.dataset = v.dataset AND g.kind = 'DEFAULT');

-- ---------------------------------------------------------------- who handles a request
INSERT INTO sharing.route_rule (dataset, field, value, agency, part, priority, basis, valid_from)
SELECT 'phan-anh', 'department', v.value, v.agency, 'LEAD', v.priority, v.basis, timestamptz '2015-01-01 00:00:00+07'
FROM (VALUES
        -- the sample's departments
        ('Giao thông',           'H10.11', 1, 'hạ tầng giao thông | roads'),
        ('Chiếu sáng công cộng', 'H10.11', 0, 'chiếu sáng | street lighting'),
        ('Công viên cây xanh',   'H10.11', 1, 'cây xanh | trees'),
        ('Môi trường đô thị',    'H10.12', 0, 'vệ sinh môi trường | waste'),
        ('Cấp thoát nước',       'H10.13', 2, 'cấp nước, thoát nước | water'),
        ('Trật tự đô thị',       'H10.14', 0, 'trật tự đô thị | public order'),
        -- the departments of the 311 files
        ('PWDx', 'H10.11', 1, 'công trình công cộng | public works'),
        ('BTDT', 'H10.15', 1, 'giao thông | transport'),
        ('PARK', 'H10.16', 0, 'công viên | parks'),
        ('BWSC', 'H10.13', 2, 'cấp nước, thoát nước | water and sewer'),
        ('ISD',  'H10.17', 1, 'kiểm tra xây dựng | inspection'),
        ('PROP', 'H10.18', 0, 'quản lý tài sản công | public property'),
        ('INFO', 'H10.03', 0, 'chưa phân loại: trả về nơi tiếp nhận | unsorted: back to the receiving office')
     ) AS v (value, agency, priority, basis)
JOIN hub.dataset d ON d.name = 'phan-anh'
WHERE NOT EXISTS (SELECT FROM sharing.route_rule r
                  WHERE r.dataset = 'phan-anh' AND r.field = 'department' AND r.value = v.value);
