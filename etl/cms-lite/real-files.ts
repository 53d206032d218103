/** The four files of CMS Lite and their tables. */
const ACTIVITY_TIME = '%Y-%m-%d %H:%M:%S.%f';

export const REAL_FILES = {
  analytics_user_group: {
    dbtable: 'user_group',
    columns: ['id', 'user_id', 'email', 'group_id', 'group_name', 'site_key', 'is_group_mgr'],
    types: {
      id: 'varchar(255)',
      user_id: 'varchar(255)',
      email: 'varchar(512)',
      group_id: 'varchar(255)',
      group_name: 'varchar(255)',
      site_key: 'varchar(64)',
      is_group_mgr: 'boolean',
    },
    required: ['id', 'user_id'],
  },
  analytics_group: {
    dbtable: 'cms_group',
    columns: ['id', 'name', 'active', 'site_key'],
    types: { id: 'varchar(255)', name: 'varchar(255)', active: 'boolean', site_key: 'varchar(64)' },
    required: ['id'],
  },
  analytics_user_activity: {
    dbtable: 'user_activity',
    columns: ['user_id', 'user_idir', 'activity_type', 'memo', 'activity_date'],
    dateformat: [{ field: 'activity_date', format: ACTIVITY_TIME }],
    types: {
      user_id: 'varchar(100)',
      user_idir: 'varchar(100)',
      activity_type: 'varchar(255)',
      memo: 'varchar(255)',
      group_name: 'varchar(255)',
    },
    derive: [{ column: 'group_name', from: 'memo', split: ' - ', part: 2 }],
  },
  analytics_user_status: {
    dbtable: 'user_status',
    columns: ['id', 'organization', 'user_id', 'user_name', 'email', 'created_dt', 'status'],
    dateformat: [{ field: 'created_dt', format: ACTIVITY_TIME }],
    types: {
      id: 'varchar(255)',
      organization: 'varchar(20)',
      user_id: 'varchar(255)',
      user_name: 'varchar(512)',
      email: 'varchar(512)',
      status: 'varchar(32)',
    },
    required: ['id'],
  },
};
